"""The person behind this request: its open session, a fresh token, and requests in its name."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, Unpack, cast

from flask import current_app, g, request
from sqlalchemy.exc import SQLAlchemyError

from services.portal_gateway.session import sessions
from shared.bus.client import DEADLINE_SECONDS, Client
from shared.contracts.errors import NoAnswer, NotSignedIn, Unavailable
from shared.contracts.identity import sign_ins
from shared.contracts.message import Method
from shared.dates.clock import now
from shared.web.base.automatic_requests import is_automatic
from shared.web.session import cookies
from shared.web.session.request_rounds import Asked, AskOptions, Round, make_round_with_many

P = ParamSpec("P")
R = TypeVar("R")
Q = TypeVar("Q")
A = TypeVar("A")

COOKIE = "session"

SAVES_FORM = (
    "sections.save",
    "applying.apply",
    "absence.declare",
    "week.save",
    "pattern.change",
    "paying.start",
    "advances.start",
    "quotient.declare",
    "address.move",
    "departure.announce",
    "carer_accesses.grant",
    "person_requests.file_request",
    "messages.write",
    "messages.reply",
    "bills.dispute",
    "payment_plans.ask",
    "school.ask",
)
"""Forms whose page gives back, at the same address, what was typed before a session ran out."""


def bus() -> Client:
    """Return this process's client."""
    return cast(Client, current_app.extensions["preau_bus"])


def current_session() -> sessions.Session | None:
    """Return the open session of this request, looked up once."""
    if "web_session" not in g:
        g.web_session = sessions.find(cookies.read(COOKIE), now(), seen=not is_automatic())
    return cast("sessions.Session | None", g.web_session)


def name_of_user() -> str | None:
    """Return the full name of who is signed in, for every page's foot."""
    try:
        open_session = current_session()
    except SQLAlchemyError:
        return None  # the page that says so must not fail in its turn
    return open_session.name if open_session else None


def signed_in(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view run only for a signed-in person; others sign in first and come back."""

    @wraps(view)
    def guarded_view(*args: P.args, **kwargs: P.kwargs) -> R:
        if current_session() is None:
            raise NotSignedIn
        return view(*args, **kwargs)

    return guarded_view


def subject_of_user() -> str:
    """Return the subject who is signed in; sends no request; raises NotSignedIn."""
    open_session = current_session()
    if open_session is None:
        raise NotSignedIn
    return open_session.subject


def session_with_token() -> sessions.Session:
    """Return the session with a token that lasts for this request; raises NotSignedIn."""
    open_session = current_session()
    if open_session is None:
        raise NotSignedIn
    moment = now()
    if open_session.is_renewal_due(moment):
        g.web_session = open_session = _renew_token(open_session)
    return open_session


def ask(method: Method[Q, A], request: Q, **options: Unpack[AskOptions]) -> A:
    """Ask in the name of the person; raises a Refusal."""
    return bus().ask(method, request, token=session_with_token().token, **options)


def _ask_all(*requests: Asked[Any], deadline: float = DEADLINE_SECONDS) -> tuple[Any, ...]:
    token = session_with_token().token
    calls = [
        bus().prepare_call(
            each.method, each.request, to=each.to, token=token, request_id=each.request_id
        )
        for each in requests
    ]
    outcomes = bus().ask_all(calls, deadline)
    for outcome in outcomes:
        if isinstance(outcome, NotSignedIn):
            raise outcome
    return tuple(outcomes)


ask_all: Round = _ask_all
"""
Asks in one parallel round in the name of the person; `deadline` is in seconds.

Refusals stand in their place, for the page to say what is known; NotSignedIn is raised.
"""
ask_with_many = make_round_with_many(ask_all)


def sent_form_fields() -> dict[str, list[str]]:
    """Return what this request's form holds, without its token and the mark of its typist."""
    return {
        field: request.form.getlist(field)
        for field in request.form
        if field not in ("csrf_token", "password", "typist")
    }


def _renew_token(open_session: sessions.Session) -> sessions.Session:
    try:
        renewing = sign_ins.SessionRequest(open_session.identity_session)
        answer = bus().ask(sign_ins.renew_token, renewing)
    except (NoAnswer, Unavailable):
        if open_session.token_until <= now():
            raise
        return open_session  # identity is away, and the token is still valid
    return sessions.renew(open_session, answer)
