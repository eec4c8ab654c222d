"""Releases: the archive of one, and how a town is brought to a later one and back."""
