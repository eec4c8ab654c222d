"""Contracts of a person's own account: access, email, second factors."""
