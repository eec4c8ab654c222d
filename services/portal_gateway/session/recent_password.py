"""
A password given lately: asked for again before what a passer-by at an open page must not do.

Signing in counts, for as long. An agent who accompanies has checked an identity at the counter
instead; what it may not do stays closed to it (`session/visits/rules.py`).
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import ParamSpec, TypeVar

import flask

from services.portal_gateway.session import current_user
from shared.contracts.errors import NotSignedIn
from shared.dates.clock import now

P = ParamSpec("P")
R = TypeVar("R")

GOOD_FOR = timedelta(minutes=15)
_GIVEN = "password_given"
"""In the browser's signed cookie: who gave it, and when."""


class PasswordNeeded(Exception):
    """The person is signed in, and has to give the password again; the portal leads there."""


def asked_again(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view run for a signed-in person who gave the password lately."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        session = current_user.current()
        if session is None:
            raise NotSignedIn
        moment = now()
        given = max(session.opened_at, _given_at(session.subject) or session.opened_at)
        if not session.actor and moment - given > GOOD_FOR:
            raise PasswordNeeded
        return view(*args, **kwargs)

    return guarded


def note_given(subject: str) -> None:
    """Note in the browser's cookie that this person has just given the password."""
    flask.session[_GIVEN] = [subject, now().isoformat()]


def _given_at(subject: str) -> datetime | None:
    who, at = flask.session.get(_GIVEN, ["", ""])
    return datetime.fromisoformat(at) if who == subject else None
