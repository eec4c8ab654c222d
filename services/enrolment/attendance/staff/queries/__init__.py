"""Readings of the staff of days, and of the children who are there."""
