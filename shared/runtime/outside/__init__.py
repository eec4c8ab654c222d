"""Connections to what is not the town's: over TLS, bounded in time and in bytes."""
