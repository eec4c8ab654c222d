"""Tables of a child's days: attendance, agents' acts, closures, food, handovers."""
