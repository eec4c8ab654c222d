"""Family cards: the state of one household, published to the portal."""
