"""CSV files that are imported: their table, the mapping of their columns, problems by row."""
