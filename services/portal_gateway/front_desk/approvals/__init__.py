"""Widenings of the town file that wait for the data protection office, and what it decided."""
