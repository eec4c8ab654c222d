"""Households, guardians, addresses and weeks of custody."""
