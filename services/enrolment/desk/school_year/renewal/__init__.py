"""Pages of renewal campaigns."""
