"""Drafts of dossiers: begun without an account, checked by the central desk with who began them."""
