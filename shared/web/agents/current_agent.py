"""
The agent behind a request, and what that agent may see now.

Rights are looked up at every request in the desk's own table, which identity keeps: a right that
is withdrawn is gone with the next page. The token is renewed while the bus is there, and only
missed where the bus is needed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, Unpack, cast

from flask import abort, current_app, g, redirect, request, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from shared.bus.client import DEADLINE_SECONDS, Client
from shared.contracts.errors import NotSignedIn, Refusal
from shared.contracts.identity import sign_ins
from shared.contracts.message import Method
from shared.database import Store
from shared.dates.clock import now, today
from shared.person import LIFETIME, AccountStatus, account_status_of, rights_on
from shared.web.agents.places_of_rights import PlacesOfDesk
from shared.web.agents.sessions import DeskSessions, Session
from shared.web.base.app import shell_here
from shared.web.base.automatic_requests import is_automatic
from shared.web.session import cookies
from shared.web.session.request_rounds import Asked, AskOptions, Round, make_round_with_many

P = ParamSpec("P")
R = TypeVar("R")
Q = TypeVar("Q")
A = TypeVar("A")

COOKIE = "session"
RENEW_SECONDS = 1.0
"""Deadline for a fresh token; a page that does not need one is shown without it."""


class Sight(Protocol):
    """The part of what an agent may see and do that is the same at each kind of desk."""

    @property
    def permissions(self) -> frozenset[str]: ...

    @property
    def administers(self) -> bool: ...


S = TypeVar("S", bound=Sight)
S_co = TypeVar("S_co", bound=Sight, covariant=True)


@dataclass(frozen=True)
class Desk:
    """
    Parts of a desk: its database, its sessions, what its agents may see, its places.

    `sight` turns an agent's rights (its roles, each with its places) into what pages query.
    """

    store: Store
    sessions: DeskSessions
    sight: Callable[[Mapping[str, frozenset[str]]], Sight]
    places: PlacesOfDesk = field(default_factory=PlacesOfDesk)


@dataclass(frozen=True)
class Agent(Generic[S_co]):
    """The agent of this request; `known` is false until identity has published the account."""

    session: Session
    sight: S_co
    known: bool


def desk_here() -> Desk:
    """Return the desk of the running application."""
    return cast(Desk, current_app.extensions["preau_desk"])


def bus() -> Client:
    """Return this process's client on the bus."""
    return cast(Client, current_app.extensions["preau_bus"])


def current() -> Agent[Sight] | None:
    """Return the signed-in agent, looked up once; raises a Refusal if that is impossible now."""
    if "desk_agent" not in g:
        g.desk_agent = _look_up_agent()
    return cast("Agent[Sight] | None", g.desk_agent)


def require_agent() -> Agent[Sight]:
    """Return who is signed in; raises NotSignedIn."""
    agent = current()
    if agent is None:
        raise NotSignedIn
    return agent


def agent_name() -> str | None:
    """Return the full name for the header; a page that reports a failure must not fail in turn."""
    try:
        agent = current()
    except (Refusal, SQLAlchemyError):
        return None
    return agent.session.name if agent else None


def ask(method: Method[Q, A], request: Q, **options: Unpack[AskOptions]) -> A:
    """
    Ask over the bus in the name of the agent; raises a Refusal.

    A token that was cut off, as when an accompanied session ends, is renewed once: what refused it
    did nothing.
    """
    session = require_agent().session
    try:
        return bus().ask(method, request, token=session.token, **options)
    except NotSignedIn:
        renewing = sign_ins.SessionRequest(session.identity_session)
        answer = bus().ask(sign_ins.renew_token, renewing)
        g.desk_agent = replace(require_agent(), session=desk_here().sessions.renew(session, answer))
        return bus().ask(method, request, token=answer.token, **options)


def _ask_in_parallel(*requests: Asked[Any], deadline: float = DEADLINE_SECONDS) -> tuple[Any, ...]:
    token, client = require_agent().session.token, bus()
    calls = [
        client.prepare_call(
            each.method, each.request, to=each.to, token=token, request_id=each.request_id
        )
        for each in requests
    ]
    return tuple(client.ask_all(calls, deadline))


ask_all: Round = _ask_in_parallel
"""
Asks several principals at once in the name of the agent.

The token is the page's: what asked before it with `ask` has had it renewed where it was due.
"""
ask_with_many = make_round_with_many(ask_all)


def for_signed_in_agents(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view run for anybody who is signed in."""
    return make_guarded_view(lambda sight: True, view)


def for_agents_who_may(*permissions: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view run for who holds a role with one of these permissions; others do not find it."""
    return lambda view: make_guarded_view(
        lambda sight: not sight.permissions.isdisjoint(permissions), view
    )


def for_administrators(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view run for who administers this desk; for others it does not exist."""
    return make_guarded_view(lambda sight: sight.administers, view)


def make_guarded_view(allowed: Callable[[S], bool], view: Callable[P, R]) -> Callable[P, R]:
    """Return the view for agents whose sight is allowed; for others it does not exist."""

    @wraps(view)
    def guarded_view(*args: P.args, **kwargs: P.kwargs) -> R:
        if not allowed(cast(S, require_agent().sight)):
            abort(404)
        return view(*args, **kwargs)

    return guarded_view


def redirect_to_sign_in(_refusal: NotSignedIn) -> Response:
    """Send to the sign-in page, and remember where from."""
    home = url_for(shell_here().home)
    back = request.full_path.rstrip("?") if request.method == "GET" else home
    ended = "fin" if cookies.read(COOKIE) else None
    return redirect(url_for("sign_in.show", retour=back, etat=ended), 303)


def _look_up_agent() -> Agent[Sight] | None:
    desk = desk_here()
    session = desk.sessions.find(cookies.read(COOKIE), now(), seen=not is_automatic())
    if session is None:
        return None
    with desk.store.read() as read:
        account_status = account_status_of(read, session.subject)
        held = rights_on(read, session.subject, today())
    if account_status is None:
        return Agent(session, desk.sight({}), known=False)
    if not account_status.active or account_status.kind != "agent":
        desk.sessions.end(session.secret)
        return None
    fresh = _renew_when_due(desk.sessions, session, account_status)
    return Agent(fresh, desk.sight(held), known=True) if fresh else None


def _renew_when_due(
    sessions: DeskSessions, session: Session, account_status: AccountStatus
) -> Session | None:
    """
    Return the session with a token for a while, None where identity has ended it.

    A token older than what identity now refuses must be renewed before anything is shown.
    """
    refused = session.token_until - LIFETIME < account_status.not_before
    if not refused and not session.is_renewal_due(now()):
        return session
    try:
        renewing = sign_ins.SessionRequest(session.identity_session)
        answer = bus().ask(sign_ins.renew_token, renewing, deadline=RENEW_SECONDS)
    except NotSignedIn:
        sessions.end(session.secret)
        return None
    except Refusal:
        if refused:
            raise
        return session
    return sessions.renew(session, answer)
