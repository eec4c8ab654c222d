"""The town itself: its addresses, and its schools as their providers publish them."""
