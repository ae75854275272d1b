"""Figures (matplotlib) of backtests, drift, track records and cases."""
