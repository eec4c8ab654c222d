"""Families of other software: matched with known ones, imported by batch, undone."""
