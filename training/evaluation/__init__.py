"""Evaluation: the rolling-origin backtest, scores, bootstrap intervals and paired differences."""
