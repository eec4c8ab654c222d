"""Look of a town: its colour, its arms."""
