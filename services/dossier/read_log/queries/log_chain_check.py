"""The read log as it is checked: its last line, its chain, how many lines it has (rule R13)."""

import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from services.dossier.digest_and_chain_keys import READS, own_key
from services.dossier.models import ChainHead, ReadLog
from services.dossier.read_log.rules.chain import Broken, ChainLine, Head, verify_chain

AT_ONCE = 500

SIGNED = (
    "kind",
    "message_id",
    "recorded_at",
    "at",
    "child_id",
    "provider",
    "role",
    "projection",
    "purpose",
    "subject",
    "unusual",
)
"""The columns that a line signs besides its place in the chain."""


def last_line_of_log(session: Session) -> Head:
    """Return the last line of the log; noted outside the database it is an anchor."""
    row = session.scalar(select(ChainHead).where(ChainHead.name == READS))
    return Head(row.sequence, row.mac) if row else Head()


def verify_read_log(session: Session, anchors: Iterable[Head] = ()) -> Broken | None:
    """Return where the log was tampered with, or None; `anchors` come from outside the database."""
    key = own_key(session, READS) or b""
    return verify_chain(key, _iterate_chain(session), last_line_of_log(session), anchors)


def count_lines(session: Session) -> int:
    """Return how many lines the log has."""
    return session.scalar(select(func.count()).select_from(ReadLog)) or 0


def _iterate_chain(session: Session) -> Iterator[ChainLine]:
    """
    Yield all lines of the log, AT_ONCE per read, so that requests have their turn in between.

    Each part is a statement of its own that ends before the next: a cursor left open over all of
    them would have to live as long as whoever goes through the lines. Columns and not objects are
    read, as a year of lines would else stay in the session.
    """
    columns = tuple(ReadLog.__table__.columns)
    part = select(*columns).order_by(ReadLog.sequence).limit(AT_ONCE)
    rows = session.execute(part).all()
    while rows:
        yield from map(_chain_line, rows)
        time.sleep(0)
        rows = session.execute(part.where(ReadLog.sequence > rows[-1].sequence)).all()


def _chain_line(row: Row[Any]) -> ChainLine:
    through = Head(row.through, row.through_mac or "") if row.through is not None else None
    return ChainLine(row.sequence, row.previous, row.mac, signed_body(row._asdict()), through)


def signed_body(line: Mapping[str, object]) -> dict[str, object]:
    return {name: _signed_value(line[name]) for name in SIGNED}


def _signed_value(value: object) -> object:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
