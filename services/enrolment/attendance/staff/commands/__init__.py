"""Changes of the staff of days, and of how activities are declared."""
