"""Queries of the served publication, shared by routes, pages, briefing and commands; they know nothing of HTTP."""
