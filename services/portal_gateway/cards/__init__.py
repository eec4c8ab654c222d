"""Family cards, as others published them, stored."""
