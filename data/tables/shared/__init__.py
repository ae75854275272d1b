"""Shared by panel tables: their description, layout on the grid, spans of coverage and events placed around a seat."""
