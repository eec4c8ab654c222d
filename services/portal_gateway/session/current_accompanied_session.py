"""The accompanied session of this request, and what its summary says of what the request does."""

from collections.abc import Iterable, Mapping

from flask import g
from sqlalchemy.exc import SQLAlchemyError

from services.portal_gateway.session import current_user
from services.portal_gateway.session.sessions import Session
from shared.dates.clock import now


def current_accompanied_session() -> Session | None:
    """Return the accompanied session of this request, None without an agent."""
    try:
        session = current_user.current_session()
    except SQLAlchemyError:
        return None  # the page that says so must not fail in its turn
    return session if session and session.actor else None


def minutes_left() -> int:
    """Return how many minutes an accompanied session still has, the one begun included."""
    visit = current_accompanied_session()
    return max(0, int((visit.ends_at - now()).total_seconds()) // 60 + 1) if visit else 0


def note_action_for_summary(actions: Iterable[Mapping[str, str]]) -> None:
    """Let the summary name what this request has done; without effect if there is no agent."""
    g.visit_actions = [*g.get("visit_actions", ()), *actions]
