"""Schools of the town: their classes, areas, June's moving up and ONDE's files."""
