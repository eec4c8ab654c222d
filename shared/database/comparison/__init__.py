"""Comparison of published states with their stored copies, by sums of rows."""
