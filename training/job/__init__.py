"""The retraining job: a plan of stages with checkpoints, which goes on after a kill."""
