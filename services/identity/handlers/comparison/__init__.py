"""Comparison of what identity publishes with the stored copies: what is compared, and who asks."""
