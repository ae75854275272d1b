"""Publishers' files to snapshots: fetching, reading, merging, and checks against the last vintage."""
