"""The retraining job: a pipeline of stages with checkpoints, which resumes after a kill."""
