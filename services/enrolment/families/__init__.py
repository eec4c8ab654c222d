"""Households and guardians as this provider knows them, and the household of a day."""
