"""Contracts of papers: of a child, and of a household."""
