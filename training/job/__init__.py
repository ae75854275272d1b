"""The retraining job: a pipeline of checkpointed stages, the decision, its publication, and backfills."""
