"""Scenarios: changes of a capital's newest months, and the forecasts before and after them."""
