"""Alerts: rules evaluated when forecasts are published, each alert raised once, kept in a ledger and delivered."""
