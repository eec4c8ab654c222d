"""
Sealed rows: a person's session, or a sign-in between two steps, which one browser alone can open.

The row is named by the digest of the browser's secret, and its bytes are sealed with that secret
(`browser_secret.py`). It is over at its absolute end and, if it is a session, after idleness.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import LargeBinary, String, bindparam, delete, insert, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.contracts.identity.accompanied_sessions import EnterAccompaniedAnswer
from shared.contracts.identity.sign_ins import IssuedToken, OpenedSession
from shared.contracts.identity.signature_types_and_claims import LIFETIME
from shared.database import Id, Moment, Store, Unreadable, Write
from shared.dates.clock import CLOCKS_DIFFER
from shared.json_values import JsonObject
from shared.web.session.browser_secret import new_secret, open_sealed, row_id, seal

ABSOLUTE = timedelta(hours=12)
"""Longest session (ASVS 7.3)."""
SEEN_EVERY = timedelta(minutes=1)
RENEW_BEFORE = timedelta(seconds=60)


class SealedColumns:
    """The columns of every table of sealed rows; all other columns of bytes are sealed."""

    id: Mapped[str] = mapped_column(String(64), primary_key=True, sort_order=-1)
    """Digest of the secret."""
    ends_at: Mapped[datetime] = mapped_column(Moment, index=True)
    """The absolute end, whatever happens in between."""


class SessionColumns(SealedColumns):
    """The columns of every table of sessions."""

    subject: Mapped[str] = mapped_column(Id, index=True)
    identity: Mapped[bytes] = mapped_column(LargeBinary)
    """Sealed: the name, identity's session secret, and what else sign-in made known."""
    token: Mapped[bytes] = mapped_column(LargeBinary)
    """Sealed: identity's person token."""
    token_until: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    """Last request of this browser, to the minute."""


@dataclass(frozen=True)
class SignedIn:
    """
    An open session as one request sees it; `identity_session` is identity's secret of it.

    `logout` is the page that ends the session elsewhere with which this one began, "" without one.
    """

    secret: str
    subject: str
    name: str
    identity_session: str
    token: str
    token_until: datetime
    logout: str

    def is_renewal_due(self, moment: datetime) -> bool:
        """
        Return whether the token should be renewed before it is used.

        So should one of a clock that was ahead: identity knows whether its session is over.
        """
        return not RENEW_BEFORE <= self.token_until - moment <= LIFETIME + CLOCKS_DIFFER


S = TypeVar("S", bound=SignedIn)


class SealedRows:
    """The rows of one table with SealedColumns; with `idle`, of one with SessionColumns."""

    def __init__(self, store: Store, table: str, idle: timedelta | None = None) -> None:
        self._store, self._table, self._idle = store, store.metadata.tables[table], idle
        self._query = select(self._table).where(self._table.c.id == bindparam("row"))

    def add(self, write: Write, **values: Any) -> str:
        """Insert a row and return its new secret, for the cookie."""
        secret = new_secret()
        sealed = self._seal_values(secret, values)
        write.execute(insert(self._table).values(id=row_id(secret), **sealed))
        return secret

    def find_open_row(self, read: Session, secret: str, moment: datetime) -> Any:
        """Return the row of a secret, still sealed, None unless it is open; notes nothing."""
        row = read.connection().execute(self._query, {"row": row_id(secret)}).one_or_none()
        if row is None or moment >= row.ends_at:
            return None
        if self._idle and not -CLOCKS_DIFFER <= moment - row.seen_at < self._idle:
            return None  # seen too long ago, or by a clock that was ahead
        return row

    def find_and_unseal(
        self, secret: str, moment: datetime, *, seen: bool = False
    ) -> JsonObject | None:
        """Return the open row of a secret with its content; note that its browser was `seen`."""
        if not secret:
            return None
        with self._store.read() as read:
            row = self.find_open_row(read, secret, moment)
        if row is not None and seen and moment - row.seen_at >= SEEN_EVERY:
            self.update(secret, seen_at=moment)
        return _unsealed_row(secret, row)

    def update(self, secret: str, **values: object) -> bool:
        """Change the row of a secret, open or over; return False without a row."""
        sealed = self._seal_values(secret, values)
        change = update(self._table).where(self._table.c.id == row_id(secret)).values(**sealed)
        with self._store.write() as write:
            return bool(write.execute(change).rowcount)  # type: ignore[attr-defined]

    def take_out(self, write: Write, secret: str) -> JsonObject | None:
        """Delete the row of a secret, open or over; return its content."""
        gone = delete(self._table).where(self._table.c.id == row_id(secret))
        return _unsealed_row(secret, write.execute(gone.returning(self._table)).one_or_none())

    def end(self, secret: str) -> None:
        """Delete the row of a secret."""
        with self._store.write() as write:
            self.take_out(write, secret)

    def delete_expired(self, write: Write, moment: datetime) -> None:
        """Delete the rows that are over."""
        over = [self._table.c.ends_at < moment]
        if self._idle:
            over.append(self._table.c.seen_at < moment - self._idle)
        write.execute(delete(self._table).where(or_(*over)))

    def _seal_values(self, secret: str, values: Mapping[str, object]) -> JsonObject:
        return {
            name: seal(secret, name, value)
            if value is not None and isinstance(self._table.c[name].type, LargeBinary)
            else value
            for name, value in values.items()
        }


class Sessions(SealedRows, Generic[S]):
    """
    Sessions of one table.

    `kind` is what `find` returns; its fields are columns of the table, or parts of the identity.
    """

    def __init__(self, store: Store, table: str, idle: timedelta, kind: type[S]) -> None:
        super().__init__(store, table, idle)
        self._kind = kind

    def begin(
        self,
        write: Write,
        answer: OpenedSession | EnterAccompaniedAnswer,
        moment: datetime,
        known: Mapping[str, object],
        **values: object,
    ) -> str:
        """Add a session from identity's answer, with what else is `known`; return its secret."""
        identity = {"name": answer.name, "identity_session": answer.session, "logout": "", **known}
        return self.add(
            write,
            subject=answer.subject,
            identity=identity,
            token=answer.token,
            token_until=answer.expires_at,
            seen_at=moment,
            **{"ends_at": moment + ABSOLUTE, **values},
        )

    def find(self, secret: str, moment: datetime, *, seen: bool = True) -> S | None:
        """
        Return the open session of a secret, and note that its browser was seen.

        What a page asks for by itself is not: a page that is left open ends like any other.
        """
        row = self.find_and_unseal(secret, moment, seen=seen)
        if row is None:
            return None
        row |= {"logout": "", **row["identity"], "secret": secret}
        return self._kind(**{each.name: row[each.name] for each in fields(self._kind)})

    def subject_of_row(self, secret: str) -> str:
        """Return whose row a secret has, open or over; "" where it has none."""
        query = select(self._table.c.subject).where(self._table.c.id == row_id(secret))
        with self._store.read() as read:
            return read.scalar(query) or ""

    def renew(self, session: S, issued: IssuedToken) -> S:
        """Store a new token; return the session with it."""
        self.update(session.secret, token=issued.token, token_until=issued.expires_at)
        return replace(session, token=issued.token, token_until=issued.expires_at)


def _unsealed_row(secret: str, row: Any) -> JsonObject | None:
    """Return a row with its bytes opened; a row that cannot be read is none."""
    try:
        return row and {
            name: open_sealed(secret, name, value) if isinstance(value, bytes) else value
            for name, value in row._mapping.items()
        }
    except Unreadable:
        return None
