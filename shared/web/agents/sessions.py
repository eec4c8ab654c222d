"""
An agent's session at a desk, and the door between password and code.

Sixty minutes without a page and twelve hours in all, as identity counts them (ASVS 7.3).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update

from shared.contracts.identity.sign_ins import IssuedToken, OpenedSession
from shared.database import Store, Unreadable, Write
from shared.person import LIFETIME
from shared.web.agents.models import desk_door, desk_session
from shared.web.session.browser_secret import new_secret, open_sealed, row_id, seal

IDLE = timedelta(minutes=60)
ABSOLUTE = timedelta(hours=12)
NOTED_EVERY = timedelta(minutes=1)
RENEW_BEFORE = timedelta(seconds=60)
DOOR_OPEN = timedelta(minutes=5)
"""Time for which an accepted password waits for its code."""


@dataclass(frozen=True)
class Session:
    """
    An open session as one request sees it; `token_at` is when its token was issued.

    `desks` are the offices at which the agent had a right when the session began.
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


class DeskSessions:
    """The sessions of one desk, in its own database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def start(self, answer: OpenedSession, moment: datetime, desks: Iterable[str] = ()) -> str:
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
        row = insert(desk_session).values(
            id=row_id(session.secret),
            subject=session.subject,
            name=session.name,
            sealed=_sealed(session),
            token_at=session.token_at,
            opened_at=moment,
            used_at=moment,
        )
        with self._store.write() as write:
            write.execute(row)
        return session.secret

    def find(self, secret: str, moment: datetime, *, used: bool = True) -> Session | None:
        """Return the open session of a secret, and note that it was used, where somebody did."""
        if not secret:
            return None
        query = select(desk_session).where(desk_session.c.id == row_id(secret))
        with self._store.read() as read:
            row = read.execute(query).one_or_none()
        if row is None or moment >= row.opened_at + ABSOLUTE or moment >= row.used_at + IDLE:
            return None
        if used and moment - row.used_at >= NOTED_EVERY:
            self._set(secret, used_at=moment)
        return _opened(secret, row)

    def renewed(self, session: Session, issued: IssuedToken) -> Session:
        """Keep a new token."""
        fresh = replace(session, token=issued.token, token_at=issued.expires_at - LIFETIME)
        self._set(session.secret, sealed=_sealed(fresh), token_at=fresh.token_at)
        return fresh

    def end(self, secret: str) -> None:
        """Forget a session."""
        with self._store.write() as write:
            write.execute(delete(desk_session).where(desk_session.c.id == row_id(secret)))

    def open_door(self, login: str, password: str, moment: datetime) -> str:
        """Keep what was typed until the code comes; return the secret, for a cookie."""
        secret = new_secret()
        sealed = seal(secret, "typed", {"login": login, "password": password})
        row = insert(desk_door).values(id=row_id(secret), sealed=sealed, opened_at=moment)
        with self._store.write() as write:
            write.execute(row)
        return secret

    def behind_door(self, secret: str, moment: datetime) -> dict[str, str] | None:
        """Return login and password, None where the door was never open or has closed."""
        if not secret:
            return None
        query = select(desk_door).where(desk_door.c.id == row_id(secret))
        with self._store.read() as read:
            row = read.execute(query).one_or_none()
        if row is None or moment >= row.opened_at + DOOR_OPEN:
            return None
        try:
            return open_sealed(secret, "typed", row.sealed)
        except Unreadable:
            return None

    def close_door(self, secret: str) -> None:
        """Forget what was typed."""
        with self._store.write() as write:
            write.execute(delete(desk_door).where(desk_door.c.id == row_id(secret)))

    def _set(self, secret: str, **values: Any) -> None:
        change = update(desk_session).where(desk_session.c.id == row_id(secret)).values(**values)
        with self._store.write() as write:
            write.execute(change)


def forget_past(write: Write, moment: datetime) -> None:
    """Delete a desk's sessions and doors that are over."""
    idle, old = desk_session.c.used_at < moment - IDLE, desk_session.c.opened_at < moment - ABSOLUTE
    write.execute(delete(desk_session).where(idle | old))
    write.execute(delete(desk_door).where(desk_door.c.opened_at < moment - DOOR_OPEN))


def _sealed(session: Session) -> bytes:
    kept = {
        "session": session.identity_session,
        "token": session.token,
        "desks": list(session.desks),
    }
    return seal(session.secret, "identity", kept)


def _opened(secret: str, row: Any) -> Session | None:
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
