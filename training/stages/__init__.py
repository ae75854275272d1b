"""The stages of a retraining by theme, and the context, checkpoints and cache that they work on."""
