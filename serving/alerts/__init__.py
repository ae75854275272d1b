"""Alerts: rules evaluated when forecasts are published, each alert raised once, logged in the alert history and delivered."""
