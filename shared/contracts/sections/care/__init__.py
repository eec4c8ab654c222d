"""Sections of care: its core, diet, health."""
