"""A town under systemd: a unit and a user for each of its parts (docs/cluster.md)."""
