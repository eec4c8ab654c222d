"""Corrections of a child by an agent: checked, stored as versions, sent, and acknowledged."""
