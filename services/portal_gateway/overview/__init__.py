"""The family in one local read."""
