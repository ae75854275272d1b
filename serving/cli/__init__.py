"""The command line: one module a noun, with its commands and what they print."""
