"""Prices apart from bills: what a grid would have made of a year, and what the town publishes."""
