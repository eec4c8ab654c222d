"""The page of figures, its lists and their files."""
