"""Payers: households as pricing takes them, quotients and shares."""
