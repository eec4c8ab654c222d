"""Jobs run by the clock."""
