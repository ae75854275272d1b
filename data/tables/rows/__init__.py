"""Publishers' rows that feed several panel tables, or none yet; rows of one panel table alone lie in its module."""
