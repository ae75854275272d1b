"""Training rows: target, rolling-origin folds, and features joined to outcomes."""
