"""
Recent proof of a person: asked again before what a passer-by at an open page must not do.

By a passkey or a code where it enrolled one, else by its password. Signing in counts for as long,
unless a browser that is asked for no code stood in for one. An agent who accompanies has checked an
identity at the counter instead; what it may not do stays closed to it
(`session/accompanied/rules/open_pages_and_actions.py`).
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import ParamSpec, TypeVar

from services.portal_gateway.session import current_user, sessions
from shared.contracts.errors import NotSignedIn
from shared.dates.clock import now

P = ParamSpec("P")
R = TypeVar("R")

GOOD_FOR = timedelta(minutes=15)


class PasswordNeeded(Exception):
    """The person is signed in, and has to prove itself again; the portal leads there."""


def require_recent_proof(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view run for a signed-in person that proved itself lately."""

    @wraps(view)
    def guarded_view(*args: P.args, **kwargs: P.kwargs) -> R:
        check_recent_proof()
        return view(*args, **kwargs)

    return guarded_view


def check_recent_proof() -> None:
    """Raise NotSignedIn, or PasswordNeeded where the person has not proved itself lately."""
    session = current_user.current_session()
    if session is None:
        raise NotSignedIn
    if not session.actor and not _is_proven(session):
        raise PasswordNeeded


def note_proof_given() -> None:
    """Note that the signed-in person has just proved itself."""
    sessions.note_proven(current_user.session_with_token(), now())


def _is_proven(session: sessions.Session) -> bool:
    return session.proven_at is not None and now() - session.proven_at <= GOOD_FOR
