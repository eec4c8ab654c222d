"""Forms come from our own pages: Flask-WTF's token, tied to the browser and not to the clock."""

from collections.abc import Callable

from flask import Flask, session
from flask_wtf.csrf import CSRFProtect


def install(app: Flask) -> None:
    """
    Refuse a POST without its token.

    The token lives as long as the browser is open: a form left on the kitchen table for two hours
    is a family's evening, not an attack.
    """
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    CSRFProtect(app)


def exempt_views(app: Flask, *views: Callable[..., object]) -> None:
    """Let another site send to these views without our token: they must believe nothing of it."""
    for view in views:
        app.extensions["csrf"].exempt(view)


def renew_token() -> None:
    """Give the browser a new token: whoever signs in must not go on with one known before."""
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language
