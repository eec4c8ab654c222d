"""Hand-overs in the provider's database: what the dossier said, what is ticked and forgotten."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, delete, or_, select

from services.enrolment.models import Booking, ChildCard, Relay, RelayMark, Session
from services.enrolment.models.places import BOOKED
from services.enrolment.naming import Named, display_names
from services.enrolment.relays.lateness import MISSED, state_of
from shared.contracts.errors import NotFound
from shared.contracts.relays import ACTS_OF, relay_marked
from shared.database import Read, Write

KEPT = timedelta(days=14)
_relays = cast(Table, Relay.__table__)


@dataclass(frozen=True)
class Passage:
    """One child to be handed over, or received, on a day."""

    relay_id: str
    child_id: str
    name: str
    side: str
    other: str
    at: str
    state: str
    marks: Mapping[str, datetime]

    @property
    def to_tick(self) -> tuple[str, ...]:
        """What this side may tick still."""
        return tuple(act for act in ACTS_OF[self.side] if act not in self.marks)


def take(write: Write, fact: Any) -> None:
    """Keep what the dossier said of a hand-over, if it is newer."""
    row = {name: getattr(fact, name) for name in _TOLD}
    row["weekdays"] = "".join(map(str, fact.weekdays))
    insert = write.upsert(_relays).values(**row)
    write.execute(
        insert.on_conflict_do_update(
            index_elements=["relay_id"], set_=row, where=_relays.c.version < fact.version
        )
    )


_TOLD = (
    "relay_id",
    "version",
    "child_id",
    "side",
    "other",
    "at",
    "valid_from",
    "valid_to",
    "ended",
)


def hear_passed(write: Write, fact: Any) -> None:
    """Keep what the other side ticked; of a hand-over that is not known here, nothing."""
    relay = write.get(Relay, fact.relay_id)
    if relay is not None and fact.act not in ACTS_OF[relay.side]:
        _note(write, fact.relay_id, fact.day, fact.act, fact.at)


def tick(write: Write, relay_id: str, act: str, day: date, now: datetime) -> None:
    """Tick this side of today's hand-over, once, and tell it; raises NotFound."""
    relay = write.get(Relay, relay_id)
    if relay is None or relay.ended or act not in ACTS_OF[relay.side] or not _falls(relay, day):
        raise NotFound(relay_id=relay_id)
    if _note(write, relay_id, day, act, now):
        write.tell(relay_marked, relay_id=relay_id, day=day, act=act, at=now)


def passages_on(read: Read, day: date, now: datetime) -> list[Passage]:
    """Return whom this provider hands over or receives that day, of whom it expects, by hour."""
    rows = [row for row in read.scalars(_running(day)) if _falls(row, day)]
    expected = _expected(read, [row.child_id for row in rows], day)
    cards = {
        card.child_id: card
        for card in read.scalars(select(ChildCard).where(ChildCard.child_id.in_(expected)))
    }
    names = display_names(
        Named(card.child_id, card.first_name, card.last_name, card.birth_date)
        for card in cards.values()
    )
    marks = _marks(read, [row.relay_id for row in rows], day)
    return [
        Passage(
            row.relay_id,
            row.child_id,
            names[row.child_id],
            row.side,
            row.other,
            row.at,
            state_of(day, row.at, marks[row.relay_id], now),
            marks[row.relay_id],
        )
        for row in rows
        if row.child_id in cards
    ]


def missed_on(read: Read, day: date, now: datetime) -> int:
    """Return how many children are missed between two services now."""
    return sum(each.state == MISSED for each in passages_on(read, day, now))


def forget_past(write: Write, day: date) -> None:
    """Forget what was ticked two weeks ago, and hand-overs that are over."""
    write.execute(delete(RelayMark).where(RelayMark.day < day - KEPT))
    over = or_(Relay.ended, Relay.valid_to < day - KEPT)
    used = select(RelayMark.relay_id)
    write.execute(delete(Relay).where(over, Relay.relay_id.not_in(used), Relay.valid_to < day))


def _running(day: date) -> Any:
    return (
        select(Relay)
        .where(
            Relay.ended.is_(False),
            Relay.valid_from <= day,
            or_(Relay.valid_to.is_(None), Relay.valid_to >= day),
        )
        .order_by(Relay.at, Relay.relay_id)
    )


def _falls(relay: Relay, day: date) -> bool:
    inside = relay.valid_from <= day and (relay.valid_to is None or day <= relay.valid_to)
    return inside and str(day.isoweekday()) in relay.weekdays


def _expected(read: Read, child_ids: list[str], day: date) -> set[str]:
    """Return those of these children who are booked that day: who was called off passes nowhere."""
    booked = (
        select(Booking.child_id)
        .join(Session, Session.id == Booking.session_id)
        .where(Session.day == day, Booking.state == BOOKED, Booking.child_id.in_(child_ids))
    )
    return set(read.scalars(booked))


def _marks(read: Read, relay_ids: list[str], day: date) -> Mapping[str, dict[str, datetime]]:
    found: dict[str, dict[str, datetime]] = defaultdict(dict)
    rows = select(RelayMark).where(RelayMark.relay_id.in_(relay_ids), RelayMark.day == day)
    for mark in read.scalars(rows):
        found[mark.relay_id][mark.act] = mark.at
    return found


def _note(write: Write, relay_id: str, day: date, act: str, at: datetime) -> bool:
    row = {"relay_id": relay_id, "day": day, "act": act, "at": at}
    first = write.upsert(RelayMark).values(**row).on_conflict_do_nothing()
    return write.execute(first.returning(RelayMark.act)).first() is not None
