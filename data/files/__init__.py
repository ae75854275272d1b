"""Files that survive a kill: atomic writes, append-only JSONL logs, and the lock of a home folder."""
