"""
The *session accompagnée*: a family's own session at the front desk, an agent beside it.

Twenty minutes and no longer. It lasts while its agent does: whatever cuts off the agent's tokens
(the end of the session, a right withdrawn, a sign-out) ends every session opened before.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, select

from services.identity.accounts import queries
from services.identity.accounts.rules import account_kinds
from services.identity.models import AccompaniedSession, Account
from services.identity.sessions.commands import signing_in
from services.identity.sessions.queries.agents_who_may_accompany import may_accompany
from services.identity.sessions.rules import lifetime_and_secrets as sessions
from shared.contracts.errors import BadRequest, NotFound, NotSignedIn
from shared.contracts.identity.accompanied_sessions import BY_PAPER, OpenAccompaniedRequest
from shared.contracts.identity.sign_ins import WrongCredentials
from shared.database import Write
from shared.dates.clock import PARIS
from shared.person import LIFETIME
from shared.register import Register
from shared.runtime.ids import new_id

LASTS = timedelta(minutes=20)
PASSING_GOOD_FOR = timedelta(seconds=30)
KEPT_FOR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Opened:
    """An accompanied session that waits for its browser at the portal."""

    code: str
    expires_at: datetime
    ends_at: datetime
    agent: Account


@dataclass(frozen=True, slots=True)
class Going:
    """An accompanied session at the portal: its secret where it was just entered, else ""."""

    row: AccompaniedSession
    secret: str
    issued_at: datetime

    @property
    def next_token_lifetime(self) -> timedelta:
        """Return how long its next token lives, never past the session's end."""
        return min(LIFETIME, self.row.ends_at - self.issued_at)


def open_accompanied_session(
    write: Write, agent_id: str, request: OpenAccompaniedRequest, at: datetime
) -> Opened:
    """
    Open a session for a guardian who is proven to be present; the agent's former one ends.

    The digits of a code were looked at before. Raises BadRequest without the paper, NotFound for
    somebody who cannot be a guardian.
    """
    by_paper = request.proof == BY_PAPER
    if by_paper:
        _require_paper(request, at)
    agent = queries.lock_account(write, agent_id)
    _require_family(write, request.guardian)
    if _end_sessions_of_agent(write, agent, at):
        signing_in.refuse_issued_tokens(write, agent, at)
    opened_at = sessions.issue_time_of_next_token(at, agent.not_before)
    code = sessions.new_session_secret()
    write.add(
        AccompaniedSession(
            id=new_id(),
            family=request.guardian,
            family_name=request.name.strip(),
            agent=agent.subject,
            proof=request.proof,
            paper=request.paper if by_paper else "",
            slip_signed_on=request.slip_signed_on if by_paper else None,
            opened_at=opened_at,
            ends_at=opened_at + LASTS,
            passing_digest=sessions.digest_of_session_secret(code),
        )
    )
    return Opened(code, opened_at + PASSING_GOOD_FOR, opened_at + LASTS, agent)


def enter_with_code(write: Write, register: Register, code: str, at: datetime, day: date) -> Going:
    """Use the code up; raises WrongCredentials for one that is unknown, used or over."""
    session = write.scalar(_select_session(AccompaniedSession.passing_digest, code))
    if session is None:
        raise WrongCredentials
    agent = queries.lock_account(write, session.agent)
    write.refresh(session)
    late = at >= session.opened_at + PASSING_GOOD_FOR
    if (
        session.entered_at is not None
        or late
        or not _is_session_open(write, register, session, agent, at, day)
    ):
        raise WrongCredentials
    secret = sessions.new_session_secret()
    session.entered_at, session.digest = at, sessions.digest_of_session_secret(secret)
    return _note_use_for_next_token(session, secret, at)


def is_accompanied_session(write: Write, secret: str) -> bool:
    """Say whether a secret is that of an accompanied session, open or over."""
    return write.scalar(_select_session(AccompaniedSession.digest, secret)) is not None


def renew_session(write: Write, register: Register, secret: str, at: datetime, day: date) -> Going:
    """Let an open session have its next token; raises NotSignedIn."""
    session = write.scalar(_select_session(AccompaniedSession.digest, secret))
    if session is None:
        raise NotSignedIn
    agent = queries.lock_account(write, session.agent)
    write.refresh(session)
    if not _is_session_open(write, register, session, agent, at, day):
        raise NotSignedIn
    return _note_use_for_next_token(session, "", at)


def end_session(write: Write, secret: str, at: datetime) -> Account | None:
    """End a session with all its tokens; return its agent, whose tokens were cut off with them."""
    session = write.scalar(_select_session(AccompaniedSession.digest, secret))
    if session is None:
        return None
    agent = queries.lock_account(write, session.agent)
    write.refresh(session)
    if session.ended_at is not None:
        return None
    session.ended_at = at
    signing_in.refuse_issued_tokens(write, agent, at)
    return agent


def delete_old_sessions(write: Write, at: datetime) -> None:
    """Delete the sessions of more than a year ago."""
    old = AccompaniedSession.ends_at < at - KEPT_FOR
    write.execute(delete(AccompaniedSession).where(old))


def _select_session(column: Any, secret: str) -> Select[AccompaniedSession]:
    return select(AccompaniedSession).where(column == sessions.digest_of_session_secret(secret))


def _require_paper(request: OpenAccompaniedRequest, at: datetime) -> None:
    errors = {}
    if not request.paper:
        errors["paper"] = ["Choisissez la pièce qui a été montrée."]
    if request.slip_signed_on is None or request.slip_signed_on > at.astimezone(PARIS).date():
        errors["slip_signed_on"] = ["Écrivez le jour où la fiche a été signée."]
    if errors:
        raise BadRequest(errors=errors)


def _require_family(write: Write, guardian: str) -> None:
    """Raise NotFound for an agent or a closed account; a guardian without an account is welcome."""
    account = write.get(Account, guardian)
    if account is None:
        return
    closed = not account.active and account.opened_at is not None
    if account.kind != account_kinds.FAMILY or closed:
        raise NotFound(guardian=guardian)


def _end_sessions_of_agent(write: Write, agent: Account, at: datetime) -> bool:
    running = select(AccompaniedSession).where(
        AccompaniedSession.agent == agent.subject,
        AccompaniedSession.ended_at.is_(None),
        AccompaniedSession.ends_at > at,
    )
    ended = list(write.scalars(running))
    for session in ended:
        session.ended_at = at
    return bool(ended)


def _is_session_open(
    write: Write,
    register: Register,
    session: AccompaniedSession,
    agent: Account,
    at: datetime,
    day: date,
) -> bool:
    family = write.get(Account, session.family)
    return (
        session.ended_at is None
        and at < session.ends_at
        and agent.active
        and agent.not_before <= session.opened_at
        and (family is None or family.not_before <= session.opened_at)
        and may_accompany(write, register, agent.subject, day)
    )


def _note_use_for_next_token(session: AccompaniedSession, secret: str, at: datetime) -> Going:
    session.last_used_at = max(at, session.opened_at)
    return Going(session, secret, session.last_used_at)
