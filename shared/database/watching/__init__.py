"""Cheap polls and metrics of a database: what changed, what waits, how much of it."""
