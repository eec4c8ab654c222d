"""Which provider is sent which projection of a child, and why."""
