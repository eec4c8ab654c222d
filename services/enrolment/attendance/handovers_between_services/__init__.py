"""Hand-overs of a child with another service (rule R12)."""
