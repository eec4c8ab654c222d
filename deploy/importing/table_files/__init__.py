"""Tables that are imported: CSV and workbooks, the mapping of their columns, problems by row."""
