"""What a device posts: marks, ticks, unknown children by its own clock, read into this side's."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, TypedDict

from services.enrolment.attendance.handovers.commands.ticks import NewTick
from services.enrolment.attendance.marks.rules.last_act import (
    ABSENT,
    CLEARED,
    LEFT,
    PRESENT,
    corrected,
)
from services.enrolment.attendance.roll_call.commands.emergency import Emergency
from services.enrolment.attendance.roll_call.commands.marks import NewMark, NewUnknown
from shared.contracts.derived import Default, schema_of
from shared.contracts.dossier.handovers import ACTS, MOST_HEADS
from shared.contracts.values import Day, Id, Moment, items, one_of, text

MOST_AT_ONCE = 300


class Posted(TypedDict):
    """What was pressed, when by the device's clock, and by whom."""

    id: Id
    made_at: Moment
    by: Id


class Settled(Posted):
    """What settles something: `after` are the presses that the device knew of before it."""

    after: Annotated[list[Id], items(0, MOST_HEADS), Default(list)]


class PostedMark(Settled):
    session_id: Id
    child_id: Id
    kind: Annotated[str, one_of((PRESENT, ABSENT, LEFT, CLEARED))]


class PostedTick(Settled):
    relay_id: Id
    day: Day
    kind: Annotated[str, one_of(ACTS)]


class PostedUnknown(Posted):
    session_id: Id
    name: Annotated[str, text(120)]


class PostedEmergency(Posted):
    session_id: Id


@dataclass(frozen=True)
class Delivery:
    """One post of a device; `unsent` is what it keeps besides, as it says."""

    device_now: Moment
    unsent: int = 0
    marks: Annotated[list[PostedMark], items(0, MOST_AT_ONCE)] = field(default_factory=list)
    passages: Annotated[list[PostedTick], items(0, MOST_AT_ONCE)] = field(default_factory=list)
    unknown: Annotated[list[PostedUnknown], items(0, MOST_AT_ONCE)] = field(default_factory=list)
    emergencies: Annotated[list[PostedEmergency], items(0, 20)] = field(default_factory=list)

    @property
    def authors(self) -> set[str]:
        posted = (*self.marks, *self.passages, *self.unknown, *self.emergencies)
        return {each["by"] for each in posted}


class _Named(TypedDict):
    id: Id


_delivery = schema_of(Delivery, "exclude")
_named = schema_of(_Named, "exclude")


def read_delivery(posted: Any) -> Delivery:
    """Return what was posted; raises marshmallow's ValidationError."""
    return Delivery(**_delivery.load(posted))


def is_id(value: Any) -> bool:
    """Return whether a value is an id as devices make them."""
    return isinstance(value, str) and not _named.validate({"id": value})


def marks_of(
    delivery: Delivery, sender: str, authors: Collection[str], received_at: datetime
) -> list[NewMark]:
    """Return the marks by this side's clock, each by its author where that is known to be one."""
    return [
        NewMark(
            **_pressed(each, delivery, sender, authors, received_at),
            session_id=each["session_id"],
            child_id=each["child_id"],
            kind=each["kind"],
            after=tuple(each["after"]),
        )
        for each in delivery.marks
    ]


def ticks_of(
    delivery: Delivery, sender: str, authors: Collection[str], received_at: datetime
) -> list[NewTick]:
    """Return the ticks of hand-overs by this side's clock."""
    return [
        NewTick(
            **_pressed(each, delivery, sender, authors, received_at),
            relay_id=each["relay_id"],
            day=each["day"],
            act=each["kind"],
            after=tuple(each["after"]),
        )
        for each in delivery.passages
    ]


def unknown_of(
    delivery: Delivery, sender: str, authors: Collection[str], received_at: datetime
) -> list[NewUnknown]:
    """Return the unknown children by this side's clock."""
    return [
        NewUnknown(
            **_pressed(each, delivery, sender, authors, received_at),
            session_id=each["session_id"],
            name=each["name"],
        )
        for each in delivery.unknown
    ]


def emergencies_of(
    delivery: Delivery, sender: str, authors: Collection[str], received_at: datetime
) -> list[Emergency]:
    """Return the emergencies by this side's clock."""
    return [
        Emergency(
            **_pressed(each, delivery, sender, authors, received_at),
            session_id=each["session_id"],
        )
        for each in delivery.emergencies
    ]


def _pressed(
    each: Posted,
    delivery: Delivery,
    sender: str,
    authors: Collection[str],
    received_at: datetime,
) -> dict[str, Any]:
    """Return which press it was, when by this side's clock, and whose where that is known."""
    return {
        "id": each["id"],
        "made_at": corrected(each["made_at"], delivery.device_now, received_at),
        "subject": each["by"] if each["by"] in authors else sender,
    }
