"""One module per dataset: `SOURCE` describes it, `parse` turns the publisher's bytes into rows of one contract."""
