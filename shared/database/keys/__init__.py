"""Keys by which a service seals columns: the vault, and their rotation."""
