"""The monthly review of the catalogue: candidate episodes with their evidence, decisions, and the files they change."""
