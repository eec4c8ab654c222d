"""Completeness of providers' replicas: inventories, resend, changes that a new day brings."""
