"""Feature groups, one theme a file; each has a GROUP that the registry picks up."""
