"""The panel in memory: unit x month, where every cell knows the first origin that may see it."""
