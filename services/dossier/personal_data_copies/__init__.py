"""Copies of a person’s data: whom one covers, and what the dossier itself holds of it."""
