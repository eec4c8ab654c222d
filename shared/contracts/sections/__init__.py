"""Sections of the dossier and the projections computed from them."""
