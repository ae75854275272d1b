"""Modules that sources share: their interface, readers of files, row cleaning, country codes and coverage."""
