"""Addresses: the town's own list of streets, and what a postcode may be."""
