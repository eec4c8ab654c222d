"""Places of children in groups, dated."""
