"""Requests of operations: imports, and a provider that begins, follows another one or ends."""
