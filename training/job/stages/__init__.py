"""The stages of a retraining by theme; each writes one checkpoint folder."""
