"""
Unpriced quantities, places, tariffs and households as received, and the months that they make due.
"""
