"""Issued bills: how they are numbered, written, corrected, shown and told."""
