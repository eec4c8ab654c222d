"""Stream that notifies open pages of changes for a guardian's households."""
