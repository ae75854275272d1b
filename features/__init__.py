"""Panel to features: one row per unit and origin, the same code for training and for serving."""
