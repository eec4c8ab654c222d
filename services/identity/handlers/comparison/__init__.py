"""Comparison of what identity publishes with the stored copies: the facts, and who asks."""
