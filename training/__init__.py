"""Features and episodes to models: target, folds, backtest, scores, tracking and promotion."""
