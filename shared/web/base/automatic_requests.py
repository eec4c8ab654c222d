"""Live updates of open pages: they receive notice of changes and reload by themselves."""

from flask import request

BY_ITSELF = "X-Preau-By-Itself"
"""Sent with what a page's script asks for without anybody's doing: it is no activity."""


def is_automatic() -> bool:
    """Say whether a page's script asks, and no person."""
    return BY_ITSELF in request.headers
