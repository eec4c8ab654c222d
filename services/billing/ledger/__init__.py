"""Double entry, numbers without gaps, and the order in which rows are locked."""
