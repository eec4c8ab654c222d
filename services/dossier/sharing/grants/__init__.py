"""Grants beyond a provider's entitlement: by a guardian (R4) or a food event (R3)."""
