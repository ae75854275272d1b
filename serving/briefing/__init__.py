"""The briefing: two pages an official would read, of the world or of one capital, as PDF and as HTML from the same blocks."""
