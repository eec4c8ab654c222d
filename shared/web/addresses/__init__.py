"""Addresses in forms: their fields, what is wrong with them, and the streets that complete them."""
