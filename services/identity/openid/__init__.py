"""Signing in by the OpenID provider of the town file (decision 0186)."""
