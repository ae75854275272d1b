"""Forecast rows with flags, abstention and intervals."""
