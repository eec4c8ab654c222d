"""The read log in the database: append a line, purge whole months, verify (rule R13)."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.orm import Session

from services.dossier.keys import READS, own_key, signing_key
from services.dossier.models import PURGE, READ, ChainHead, ReadLog
from services.dossier.read_log.rules.chain import (
    GENESIS,
    Broken,
    ChainLine,
    Head,
    sign,
    verify_chain,
)
from services.dossier.read_log.rules.summary import kept_from
from shared.database import Write
from shared.dates.clock import midnight
from shared.dates.instant import When

AT_ONCE = 500

_SIGNED = (
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


@dataclass(frozen=True)
class Access:
    """One access that the dossier itself let somebody have, as a provider tells of its own."""

    message_id: str
    at: datetime
    child_id: str
    role: str
    projection: str
    purpose: str
    subject: str | None
    unusual: bool


def append_read(write: Write, provider: str, fact: SimpleNamespace | Access, when: When) -> None:
    """Record one access at a desk; the same message has one line, however often it comes."""
    known = select(ReadLog.sequence).where(ReadLog.message_id == fact.message_id)
    if write.scalar(known) is None:
        _append(
            write,
            kind=READ,
            message_id=fact.message_id,
            recorded_at=when.moment,
            at=fact.at,
            child_id=fact.child_id,
            provider=provider,
            role=fact.role,
            projection=fact.projection,
            purpose=fact.purpose,
            subject=fact.subject,
            unusual=fact.unusual,
        )


def purge_reads(write: Write, when: When) -> int:
    """
    Delete the lines of the months that are kept no longer, behind a signed line that says so.

    Returns how many lines went.
    """
    head = _locked_head(write)
    first_day = kept_from(when.day)
    start = midnight(first_day)
    kept = write.scalar(select(func.min(ReadLog.sequence)).where(ReadLog.recorded_at >= start))
    last = (kept or head.sequence + 1) - 1
    taken = write.get(ReadLog, last)
    if taken is None:
        return 0
    through = Head(taken.sequence, taken.mac)
    _append(write, through, kind=PURGE, recorded_at=when.moment, at=when.moment)
    write.flush()
    gone = write.execute(delete(ReadLog).where(ReadLog.sequence <= last))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def present_head(session: Session) -> Head:
    """Return the last line of the log; noted outside the database it is an anchor."""
    row = session.scalar(select(ChainHead).where(ChainHead.name == READS))
    return Head(row.sequence, row.mac) if row else Head()


def verify_read_log(session: Session, anchors: Iterable[Head] = ()) -> Broken | None:
    """Return where the log was tampered with, or None; `anchors` come from outside the database."""
    key = own_key(session, READS) or b""
    return verify_chain(key, _lines(session), present_head(session), anchors)


def count_lines(session: Session) -> int:
    """Return how many lines the log has."""
    return session.scalar(select(func.count()).select_from(ReadLog)) or 0


def _lines(session: Session) -> Iterator[ChainLine]:
    """
    Give a year of lines, AT_ONCE read at a time; requests have their turn in between.

    Each part is a statement of its own that ends before the next: a cursor left open over all of
    them would have to live as long as whoever goes through the lines. Columns and not objects are
    read, as a year of lines would else stay in the session.
    """
    columns = tuple(ReadLog.__table__.columns)
    part = select(*columns).order_by(ReadLog.sequence).limit(AT_ONCE)
    rows = session.execute(part).all()
    while rows:
        yield from map(_line, rows)
        time.sleep(0)
        rows = session.execute(part.where(ReadLog.sequence > rows[-1].sequence)).all()


def _append(write: Write, through: Head | None = None, **columns: Any) -> None:
    before = _locked_head(write)
    row = ReadLog(
        **_EMPTY | columns,
        sequence=before.sequence + 1,
        previous=before.mac,
        mac="",
        through=through.sequence if through else None,
        through_mac=through.mac if through else None,
    )
    row.mac = sign(signing_key(write, READS), before, _body(row), through).mac
    write.add(row)
    write.execute(
        update(ChainHead).where(ChainHead.name == READS).values(sequence=row.sequence, mac=row.mac)
    )


_EMPTY = {"provider": "", "role": "", "projection": "", "purpose": "", "unusual": False}


def _locked_head(write: Write) -> Head:
    """Take the end of the chain: one line is appended at a time."""
    write.execute(
        write.upsert(ChainHead).values(name=READS, sequence=0, mac=GENESIS).on_conflict_do_nothing()
    )
    sequence, mac = write.execute(
        select(ChainHead.sequence, ChainHead.mac).where(ChainHead.name == READS).with_for_update()
    ).one()
    return Head(sequence, mac)


def _line(row: Row[Any]) -> ChainLine:
    through = Head(row.through, row.through_mac or "") if row.through is not None else None
    return ChainLine(row.sequence, row.previous, row.mac, _body(row), through)


def _body(row: ReadLog | Row[Any]) -> dict[str, Any]:
    return {name: _signed_value(getattr(row, name)) for name in _SIGNED}


def _signed_value(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
