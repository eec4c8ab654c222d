"""Pages of children and searches."""
