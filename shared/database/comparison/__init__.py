"""Comparison of published facts with their stored copies, by sums of rows."""
