"""Offers and renewals as a family sees them."""
