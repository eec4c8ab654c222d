"""A form that was typed when its session ran out, given back at its own address."""

from flask import request

from services.portal_gateway.session import current_user, sessions


def saved_form_of_page() -> dict[str, list[str]] | None:
    """Return the form saved on this page when the session expired, unless it is let go."""
    session = current_user.current_session()
    if session is None or not session.saved_form or session.saved_form["path"] != request.path:
        return None
    if "neuf" in request.args:
        sessions.drop_saved_form(session)
        return None
    return dict(session.saved_form["values"])


def drop_saved_form() -> None:
    """Forget a kept form: it was sent."""
    session = current_user.current_session()
    if session and session.saved_form:
        sessions.drop_saved_form(session)
