"""Shared tablets: enrolled devices, PINs, lists kept for use without network."""
