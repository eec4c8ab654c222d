"""Requests that a page's script makes by itself: they are no activity of a person."""

from flask import request

BY_ITSELF = "X-Preau-By-Itself"
"""Header of what a page's script asks for without anybody's doing: it is no activity."""


def is_automatic() -> bool:
    """Return whether a page's script made this request, and no person."""
    return BY_ITSELF in request.headers
