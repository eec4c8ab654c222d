"""A town in containers: its image, and a container for each of its parts (docs/containers.md)."""
