"""Days, places and applications of the stored cards."""
