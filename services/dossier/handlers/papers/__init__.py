"""Requests about papers: of a child, and of a household."""
