"""Publishers' rows to the panel's tables: reduction, overlay on the starter panel, and the build."""
