"""Accounts of families and agents, and their signing in at pages, for tests."""
