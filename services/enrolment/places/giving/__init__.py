"""Giving of places: offers, draws, and their deadlines."""
