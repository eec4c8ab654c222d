"""Published prices and simulations, without any person."""
