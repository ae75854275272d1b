"""Facts behind a driver: the episodes, counts, prices and conditions that its strongest features are computed from."""
