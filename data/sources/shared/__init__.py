"""What several sources share: their interface, reading of files, rows, countries and coverage."""
