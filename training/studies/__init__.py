"""Studies of the method: ablation, leave-out, learning curve, search of settings, and the standalone backtest."""
