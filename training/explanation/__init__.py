"""Explanations of a forecast: drivers, analogues and case studies."""
