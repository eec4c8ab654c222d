"""Checks of the broker and the database server."""
