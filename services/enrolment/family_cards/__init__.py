"""A household's card at this provider, published to the portal."""
