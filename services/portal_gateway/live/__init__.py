"""Pages that hear at once what changed for a guardian's households."""
