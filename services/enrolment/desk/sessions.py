"""
An agent's session at the desk, and the door between password and code.

Sixty minutes without a page and twelve hours in all, as identity counts them (ASVS 7.3).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, update

from services.enrolment.models import DeskDoor, DeskSession
from services.enrolment.store import store
from shared.database import Unreadable, Write
from shared.person import LIFETIME
from shared.web.browser_secret import new_secret, open_sealed, row_id, seal

IDLE = timedelta(minutes=60)
ABSOLUTE = timedelta(hours=12)
NOTED_EVERY = timedelta(minutes=1)
RENEW_BEFORE = timedelta(seconds=60)
DOOR_OPEN = timedelta(minutes=5)
"""How long a password, once right, waits for its code."""


@dataclass(frozen=True)
class Session:
    """
    An open session as one request sees it; `token_at` is when its token was issued.

    `desks` are the providers at which the agent had a right when the session began.
    """

    secret: str
    subject: str
    name: str
    identity_session: str
    token: str
    token_at: datetime
    desks: tuple[str, ...] = ()

    def due(self, moment: datetime) -> bool:
        """Return whether the token should be renewed before it is used."""
        return self.token_at + LIFETIME - moment < RENEW_BEFORE


def start(answer: Any, moment: datetime, desks: Iterable[str] = ()) -> str:
    """Open a session from identity's answer to a sign-in; return its secret, for the cookie."""
    session = Session(
        secret=new_secret(),
        subject=answer.subject,
        name=answer.name,
        identity_session=answer.session,
        token=answer.token,
        token_at=answer.expires_at - LIFETIME,
        desks=tuple(desks),
    )
    row = DeskSession(
        id=row_id(session.secret),
        subject=session.subject,
        name=session.name,
        sealed=_sealed(session),
        token_at=session.token_at,
        opened_at=moment,
        used_at=moment,
    )
    with store.write() as write:
        write.add(row)
    return session.secret


def find(secret: str, moment: datetime, *, used: bool = True) -> Session | None:
    """Return the open session of a secret, and note that it was used, where somebody did."""
    if not secret:
        return None
    with store.read() as read:
        row = read.get(DeskSession, row_id(secret))
    if row is None or moment >= row.opened_at + ABSOLUTE or moment >= row.used_at + IDLE:
        return None
    if used and moment - row.used_at >= NOTED_EVERY:
        _set(secret, used_at=moment)
    return _opened(secret, row)


def renewed(session: Session, answer: Any) -> Session:
    """Keep a new token."""
    fresh = replace(session, token=answer.token, token_at=answer.expires_at - LIFETIME)
    _set(session.secret, sealed=_sealed(fresh), token_at=fresh.token_at)
    return fresh


def end(secret: str) -> None:
    """Forget a session."""
    with store.write() as write:
        write.execute(delete(DeskSession).where(DeskSession.id == row_id(secret)))


def open_door(login: str, password: str, moment: datetime) -> str:
    """Keep what was typed until the code comes; return the secret, for a cookie."""
    secret = new_secret()
    sealed = seal(secret, "typed", {"login": login, "password": password})
    with store.write() as write:
        write.add(DeskDoor(id=row_id(secret), sealed=sealed, opened_at=moment))
    return secret


def behind_door(secret: str, moment: datetime) -> dict[str, str] | None:
    """Return login and password, None where the door was never open or has closed."""
    with store.read() as read:
        row = read.get(DeskDoor, row_id(secret)) if secret else None
    if row is None or moment >= row.opened_at + DOOR_OPEN:
        return None
    try:
        return open_sealed(secret, "typed", row.sealed)
    except Unreadable:
        return None


def close_door(secret: str) -> None:
    """Forget what was typed."""
    with store.write() as write:
        write.execute(delete(DeskDoor).where(DeskDoor.id == row_id(secret)))


def forget_past(write: Write, moment: datetime) -> None:
    """Delete sessions and doors that are over."""
    idle, old = DeskSession.used_at < moment - IDLE, DeskSession.opened_at < moment - ABSOLUTE
    write.execute(delete(DeskSession).where(idle | old))
    write.execute(delete(DeskDoor).where(DeskDoor.opened_at < moment - DOOR_OPEN))


def _set(secret: str, **values: Any) -> None:
    with store.write() as write:
        write.execute(update(DeskSession).where(DeskSession.id == row_id(secret)).values(**values))


def _sealed(session: Session) -> bytes:
    kept = {
        "session": session.identity_session,
        "token": session.token,
        "desks": list(session.desks),
    }
    return seal(session.secret, "identity", kept)


def _opened(secret: str, row: DeskSession) -> Session | None:
    try:
        kept = open_sealed(secret, "identity", row.sealed)
    except Unreadable:
        return None
    return Session(
        secret=secret,
        subject=row.subject,
        name=row.name,
        identity_session=kept["session"],
        token=kept["token"],
        token_at=row.token_at,
        desks=tuple(kept.get("desks", ())),
    )
