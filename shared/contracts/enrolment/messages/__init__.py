"""Contracts of conversations with families, and of bulletins."""
