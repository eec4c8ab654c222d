"""Requests of a person about its own account: password, email, passkeys, codes."""
