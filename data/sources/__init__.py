"""One file per dataset: `SOURCE` says what it is, `parse` turns the publisher's bytes into rows of one contract."""
