"""Pages for people: rendered here, with no script and nothing from another host."""
