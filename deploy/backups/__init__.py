"""Copies of a town as of one moment, and towns restored from them."""
