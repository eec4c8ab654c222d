"""Families and requests in the dossier, for tests of who reads what of them."""
