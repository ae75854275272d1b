"""Pages for people: rendered here, usable without scripts, loading nothing from another host."""
