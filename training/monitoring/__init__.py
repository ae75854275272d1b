"""Monitoring after publication: drift, label revisions, track record, and the state of feeds."""
