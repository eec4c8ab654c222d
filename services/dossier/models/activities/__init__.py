"""Tables of a child's activities: history, food, handovers."""
