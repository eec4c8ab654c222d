"""Appends signed lines to the read log, and purges whole months (rule R13)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import cast

from sqlalchemy import Executable, Table, bindparam, delete, select, update

from services.dossier.digest_and_chain_keys import READS, ensure_own_key
from services.dossier.models import PURGE, READ, ChainHead, ReadLog
from services.dossier.read_log.queries.log_chain_check import SIGNED, signed_body
from services.dossier.read_log.rules.chain import GENESIS, Head, make_signed_line
from services.dossier.read_log.rules.summary_for_family import first_day_kept
from shared.database import Write
from shared.database.bulk_rows import insert_rows
from shared.database.prebuilt_statements import among_parameter, execute, rows_among, store_rows
from shared.dates.clock import midnight
from shared.dates.instant import Instant

PURGED_AT_ONCE = 2_000
"""Lines deleted in one transaction: readings are recorded in between."""


@dataclass(frozen=True)
class Access:
    """One access that the dossier itself granted, in the form in which providers report theirs."""

    message_id: str
    at: datetime
    child_id: str
    role: str
    projection: str
    purpose: str
    subject: str | None
    unusual: bool


def append_read(write: Write, provider: str, access: Access, when: Instant) -> None:
    """Record one access at a desk; the same message has one line, however often it comes."""
    append_reads(write, provider, [access], when)


def append_reads(write: Write, provider: str, accesses: Iterable[Access], when: Instant) -> None:
    """Record accesses in their order, all of them together: a search shows many children."""
    by_message = {access.message_id: access for access in accesses}
    known = {message_id for (message_id,) in rows_among(write, _KNOWN, by_message)}
    lines = [
        {**vars(access), "kind": READ, "provider": provider, "recorded_at": when.moment}
        for message_id, access in by_message.items()
        if message_id not in known
    ]
    if lines:
        _append_lines(write, _lock_chain_head(write), lines)


_KNOWN = select(ReadLog.message_id).where(ReadLog.message_id.in_(among_parameter()))


def purge_reads(write: Write, when: Instant, most: int = PURGED_AT_ONCE) -> int:
    """
    Delete the oldest lines of the months that are kept no longer, behind a signed line that says
    so.

    Returns how many lines went: as long as that is `most`, there may be more of them.
    """
    head = _lock_chain_head(write)
    start = midnight(first_day_kept(when.day))
    columns = (ReadLog.sequence, ReadLog.mac, ReadLog.recorded_at)
    oldest = write.execute(select(*columns).order_by(ReadLog.sequence).limit(most)).all()
    past = list(takewhile(lambda line: line.recorded_at < start, oldest))
    if not past:
        return 0
    through = Head(past[-1].sequence, past[-1].mac)
    line = {"kind": PURGE, "recorded_at": when.moment, "at": when.moment}
    _append_lines(write, head, [line], through)
    write.execute(delete(ReadLog).where(ReadLog.sequence <= through.sequence))
    return len(past)


def _append_lines(
    write: Write, head: Head, lines: Iterable[Mapping[str, object]], through: Head | None = None
) -> None:
    """Append lines behind the head, which is locked."""
    key = ensure_own_key(write, READS)
    rows: list[Sequence[object]] = []
    for columns in lines:
        line = {**_EMPTY, **columns}
        signed = make_signed_line(key, head, signed_body(line), through)
        place = signed.sequence, signed.previous, signed.mac
        rows.append((*(line[name] for name in _EMPTY), *place, *_end_of_purge(through)))
        head = signed.head
    insert_rows(write, ReadLog, (*_EMPTY, *_PLACE, *_THROUGH), rows)
    execute(write, _MOVED_HEAD, last=head.sequence, last_mac=head.mac)


def _end_of_purge(through: Head | None) -> tuple[int | None, str | None]:
    return (through.sequence, through.mac) if through else (None, None)


_EMPTY: Mapping[str, object] = {name: None for name in SIGNED} | {
    **{name: "" for name in ("provider", "role", "projection", "purpose")},
    "unusual": False,
}
_PLACE, _THROUGH = ("sequence", "previous", "mac"), ("through", "through_mac")


def _lock_chain_head(write: Write) -> Head:
    """Take the end of the chain: lines of one transaction at a time are appended."""
    row = execute(write, _LOCKED_HEAD).one_or_none()
    if row is None:
        first = {"name": READS, "sequence": 0, "mac": GENESIS}
        store_rows(write, _make_insert_of_first_head, first)
        row = execute(write, _LOCKED_HEAD).one()
    return Head(row.sequence, row.mac)


def _make_insert_of_first_head(write: Write) -> Executable:
    return write.upsert_into(_heads).on_conflict_do_nothing()


_heads = cast(Table, ChainHead.__table__)
_LOCKED_HEAD = (
    select(ChainHead.sequence, ChainHead.mac).where(ChainHead.name == READS).with_for_update()
)
_MOVED_HEAD = (
    update(_heads)
    .where(_heads.c.name == READS)
    .values(sequence=bindparam("last"), mac=bindparam("last_mac"))
)
