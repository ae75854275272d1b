"""Shared parts of the HTTP API: schemas, errors, filters, formats and provenance."""
