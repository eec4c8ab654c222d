"""Sections as guardians fill them, their versions, and the projections computed from them."""
