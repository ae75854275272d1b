"""Publishers' files to snapshots: downloads, the manifest, vintages and their checks, and the merged tables."""
