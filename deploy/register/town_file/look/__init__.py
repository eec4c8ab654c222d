"""How a town looks: its colour, its arms."""
