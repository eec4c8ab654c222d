"""Sharing of projections with providers: entitlements, grants, links and delivery."""
