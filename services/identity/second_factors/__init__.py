"""Families' second factors: passkeys, one-time codes, recovery codes."""
