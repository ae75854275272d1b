"""Forecasting methods, one a file; each subclasses `HazardModel` and is picked up by `training.models.registry`."""
