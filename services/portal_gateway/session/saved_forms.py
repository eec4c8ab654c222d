"""A form that was typed when its session ran out, given back at its own address."""

from flask import request

from services.portal_gateway.session import current_user as person
from services.portal_gateway.session import sessions


def kept() -> dict[str, list[str]] | None:
    """Return what was typed on this page before the session ran out, unless it is let go."""
    session = person.current()
    draft = sessions.draft_of(session) if session else None
    if session is None or draft is None or draft[0] != request.path:
        return None
    if "neuf" in request.args:
        sessions.drop_draft(session)
        return None
    return draft[1]


def drop() -> None:
    """Forget a kept form: it was sent."""
    session = person.current()
    if session and sessions.draft_of(session):
        sessions.drop_draft(session)
