"""Contracts (pandera) of the tables between stages."""
