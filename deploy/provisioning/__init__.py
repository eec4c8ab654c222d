"""Provisioning by `preau apply`: databases, permissions on the broker, passwords and keys."""
