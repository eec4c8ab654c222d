"""Marks of the roll call, and the outcome that they resolve to."""
