"""
Who is behind this request, and what that person may see right now.

Rights are looked up at every request in the provider's own table, which identity keeps: a right
that is withdrawn is gone with the next page. The token is renewed while the bus is there, and only
missed where the bus is needed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from types import SimpleNamespace
from typing import Any, ParamSpec, TypeVar, cast

from flask import abort, current_app, g, redirect, request, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from services.enrolment.desk import sessions
from services.enrolment.desk.sessions import Session
from services.enrolment.reading import Sight, sight_of
from services.enrolment.store import store
from shared.bus.client import Client
from shared.clock import now, today
from shared.contracts import identity
from shared.contracts.errors import NotSignedIn, Refusal
from shared.contracts.message import Method
from shared.person import Standing, roles_on, standing_of
from shared.web import cookies
from shared.web.app import shell_here

P = ParamSpec("P")
R = TypeVar("R")

COOKIE = "session"
RENEW_SECONDS = 1.0
"""How long a page waits for a fresh token; it is shown without where nothing needs one."""


@dataclass(frozen=True)
class Agent:
    """The person of this request; `known` is false until identity has told of them."""

    session: Session
    sight: Sight
    known: bool


def bus() -> Client:
    """Return this process's client."""
    return cast(Client, current_app.extensions["preau_bus"])


def current() -> Agent | None:
    """Return who is signed in, looked up once; raises a Refusal where it cannot be told now."""
    if "desk_agent" not in g:
        g.desk_agent = _look_up()
    return cast("Agent | None", g.desk_agent)


def here() -> Agent:
    """Return who is signed in; raises NotSignedIn."""
    agent = current()
    if agent is None:
        raise NotSignedIn
    return agent


def name() -> str | None:
    """Return the full name for the header; a page that reports a failure must not fail in turn."""
    try:
        agent = current()
    except (Refusal, SQLAlchemyError):
        return None
    return agent.session.name if agent else None


def ask(method: Method, **payload: Any) -> SimpleNamespace:
    """Ask over the bus in the name of the agent; raises a Refusal."""
    return bus().ask(method, token=here().session.token, **payload)


def signed_in(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view run for anybody who is signed in."""
    return _where(lambda sight: True, view)


def sees_children(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view run for who holds a role that sees children; for others it does not exist."""
    return _where(lambda sight: sight.any_child, view)


def may(*acts: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view run for who holds a role with one of these acts; others do not find it."""
    return lambda view: _where(lambda sight: not sight.acts.isdisjoint(acts), view)


def administers(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view run for the provider's administrator; for others it does not exist."""
    return _where(lambda sight: sight.administers, view)


def administers_or_may(*acts: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view run for the administrator and for who holds a role with one of these acts."""
    return lambda view: _where(
        lambda sight: sight.administers or not sight.acts.isdisjoint(acts), view
    )


def to_sign_in(_refusal: NotSignedIn) -> Response:
    """Send to the sign-in page, and remember where from."""
    back = request.full_path.rstrip("?") if request.method == "GET" else url_for("today.show")
    ended = "fin" if cookies.read(COOKIE) else None
    return redirect(url_for("sign_in.show", retour=back, etat=ended), 303)


def _where(allowed: Callable[[Sight], bool], view: Callable[P, R]) -> Callable[P, R]:
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if not allowed(here().sight):
            abort(404)
        return view(*args, **kwargs)

    return guarded


def _look_up() -> Agent | None:
    session = sessions.find(cookies.read(COOKIE), now())
    if session is None:
        return None
    with store.read() as read:
        standing = standing_of(read, session.subject)
        held = roles_on(read, session.subject, today())
    if standing is None:
        return Agent(session, Sight(), known=False)
    if not standing.active or standing.kind != "agent":
        sessions.end(session.secret)
        return None
    fresh = _fresh(session, standing)
    return Agent(fresh, sight_here(held), known=True) if fresh else None


def _fresh(session: Session, standing: Standing) -> Session | None:
    """
    Return the session with a token for a while, None where identity has ended it.

    A token older than what identity now refuses must be renewed before anything is shown.
    """
    refused = session.token_at < standing.not_before
    if not refused and not session.due(now()):
        return session
    try:
        answer = bus().ask(
            identity.renew_token, session=session.identity_session, deadline=RENEW_SECONDS
        )
    except NotSignedIn:
        sessions.end(session.secret)
        return None
    except Refusal:
        if refused:
            raise
        return session
    return sessions.renewed(session, answer)


def sight_here(held: frozenset[str]) -> Sight:
    """Return what somebody who holds these rights sees and may do at this provider."""
    register = shell_here().register
    principal = shell_here().principal
    provider = register.provider_of(principal)
    roles = provider.roles if provider else ()
    return sight_of(held, roles, register.projections(principal))
