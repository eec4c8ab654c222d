"""Appends signed lines to the read log, and purges whole months (rule R13)."""

from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from sqlalchemy import delete, select, update

from services.dossier.keys import READS, ensure_own_key
from services.dossier.models import PURGE, READ, ChainHead, ReadLog
from services.dossier.read_log.queries.log import signed_body
from services.dossier.read_log.rules.chain import GENESIS, Head, sign_line
from services.dossier.read_log.rules.summary import kept_from
from shared.database import Write
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
    known = select(ReadLog.sequence).where(ReadLog.message_id == access.message_id)
    if write.scalar(known) is None:
        _append_line(
            write,
            kind=READ,
            message_id=access.message_id,
            recorded_at=when.moment,
            at=access.at,
            child_id=access.child_id,
            provider=provider,
            role=access.role,
            projection=access.projection,
            purpose=access.purpose,
            subject=access.subject,
            unusual=access.unusual,
        )


def purge_reads(write: Write, when: Instant, most: int = PURGED_AT_ONCE) -> int:
    """
    Delete the oldest lines of the months that are kept no longer, behind a signed line that says
    so.

    Returns how many lines went: as long as that is `most`, there may be more of them.
    """
    _lock_chain_head(write)
    start = midnight(kept_from(when.day))
    columns = (ReadLog.sequence, ReadLog.mac, ReadLog.recorded_at)
    oldest = write.execute(select(*columns).order_by(ReadLog.sequence).limit(most)).all()
    past = list(takewhile(lambda line: line.recorded_at < start, oldest))
    if not past:
        return 0
    through = Head(past[-1].sequence, past[-1].mac)
    _append_line(write, through, kind=PURGE, recorded_at=when.moment, at=when.moment)
    write.flush()
    write.execute(delete(ReadLog).where(ReadLog.sequence <= through.sequence))
    return len(past)


def _append_line(write: Write, through: Head | None = None, **columns: object) -> None:
    before = _lock_chain_head(write)
    row = ReadLog(
        **_EMPTY | columns,
        sequence=before.sequence + 1,
        previous=before.mac,
        mac="",
        through=through.sequence if through else None,
        through_mac=through.mac if through else None,
    )
    row.mac = sign_line(ensure_own_key(write, READS), before, signed_body(row), through).mac
    write.add(row)
    write.execute(
        update(ChainHead).where(ChainHead.name == READS).values(sequence=row.sequence, mac=row.mac)
    )


_EMPTY = {"provider": "", "role": "", "projection": "", "purpose": "", "unusual": False}


def _lock_chain_head(write: Write) -> Head:
    """Take the end of the chain: one line is appended at a time."""
    write.execute(
        write.upsert(ChainHead).values(name=READS, sequence=0, mac=GENESIS).on_conflict_do_nothing()
    )
    sequence, mac = write.execute(
        select(ChainHead.sequence, ChainHead.mac).where(ChainHead.name == READS).with_for_update()
    ).one()
    return Head(sequence, mac)
