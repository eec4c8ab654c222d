"""Families of another software: matched with who is known, brought in by batch, taken back."""
