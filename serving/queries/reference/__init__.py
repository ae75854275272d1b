"""Reference tables as readers see them: the catalogue of episodes and the outlines of countries."""
