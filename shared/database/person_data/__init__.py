"""Rows that a service holds of one person, for a copy of its data."""
