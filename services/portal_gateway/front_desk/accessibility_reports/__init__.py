"""Barriers that somebody reported at the portal, until an agent has seen to them."""
