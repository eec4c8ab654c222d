"""Posts of a device (marks, ticks, unknown children), converted from its clock to this server's."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, validate

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
from shared.contracts.dossier.handovers import ACTS, MOST_HEADS
from shared.contracts.formats import Day, Id, Moment, OneOf, Text

MOST_AT_ONCE = 300


class _Lenient(Schema):
    class Meta:
        unknown = EXCLUDE


class _Posted(_Lenient):
    id = Id()
    made_at = Moment()
    by = Id()


class _PostedOnList(_Posted):
    after = fields.List(
        Id(required=False), load_default=list, validate=validate.Length(0, MOST_HEADS)
    )


class _PostedMark(_PostedOnList):
    session_id = Id()
    child_id = Id()
    kind = OneOf((PRESENT, ABSENT, LEFT, CLEARED))


class _PostedTick(_PostedOnList):
    handover_id = Id(data_key="relay_id")
    day = Day()
    kind = OneOf(ACTS)


class _PostedUnknown(_Posted):
    session_id = Id()
    name = Text(120)


class _PostedEmergency(_Posted):
    session_id = Id()


class _Delivery(_Lenient):
    device_now = Moment()
    unsent = fields.Integer(load_default=0)
    marks = fields.List(
        fields.Nested(_PostedMark), load_default=list, validate=validate.Length(0, MOST_AT_ONCE)
    )
    ticks = fields.List(
        fields.Nested(_PostedTick),
        data_key="passages",
        load_default=list,
        validate=validate.Length(0, MOST_AT_ONCE),
    )
    guests = fields.List(
        fields.Nested(_PostedUnknown),
        data_key="unknown",
        load_default=list,
        validate=validate.Length(0, MOST_AT_ONCE),
    )
    emergencies = fields.List(
        fields.Nested(_PostedEmergency), load_default=list, validate=validate.Length(0, 20)
    )


_delivery = _Delivery()
_emergency_id = _PostedEmergency(only=("id",))


@dataclass(frozen=True)
class Delivery:
    """
    One post of a device, parsed; `unsent` is the number of marks that it reports as still unsent.
    """

    device_now: datetime
    unsent: int
    marks: list[dict[str, Any]]
    ticks: list[dict[str, Any]]
    guests: list[dict[str, Any]]
    emergencies: list[dict[str, Any]]

    @property
    def authors(self) -> set[str]:
        posted = (*self.marks, *self.ticks, *self.guests, *self.emergencies)
        return {entry["by"] for entry in posted}


def read_delivery(posted: Any) -> Delivery:
    """Return what was posted; raises marshmallow's ValidationError."""
    return Delivery(**_delivery.load(posted))


def is_id(value: Any) -> bool:
    """Return whether a value is an id as devices make them."""
    return isinstance(value, str) and not _emergency_id.validate({"id": value})


def marks_of(
    delivery: Delivery, sender: str, authors: Collection[str], received_at: datetime
) -> list[NewMark]:
    """
    Return the marks by this server's clock, each with its author if that person had the tablet.
    """
    return [
        NewMark(
            **_press_of(mark, delivery, sender, authors, received_at),
            session_id=mark["session_id"],
            child_id=mark["child_id"],
            kind=mark["kind"],
            after=tuple(mark["after"]),
        )
        for mark in delivery.marks
    ]


def ticks_of(
    delivery: Delivery, sender: str, authors: Collection[str], received_at: datetime
) -> list[NewTick]:
    """Return the ticks of hand-overs by this server's clock."""
    return [
        NewTick(
            **_press_of(tick, delivery, sender, authors, received_at),
            handover_id=tick["handover_id"],
            day=tick["day"],
            act=tick["kind"],
            after=tuple(tick["after"]),
        )
        for tick in delivery.ticks
    ]


def unknown_of(
    delivery: Delivery, sender: str, authors: Collection[str], received_at: datetime
) -> list[NewUnknown]:
    """Return the unknown children by this server's clock."""
    return [
        NewUnknown(
            **_press_of(guest, delivery, sender, authors, received_at),
            session_id=guest["session_id"],
            name=guest["name"],
        )
        for guest in delivery.guests
    ]


def emergencies_of(
    delivery: Delivery, sender: str, authors: Collection[str], received_at: datetime
) -> list[Emergency]:
    """Return the emergencies by this server's clock."""
    return [
        Emergency(
            **_press_of(emergency, delivery, sender, authors, received_at),
            session_id=emergency["session_id"],
        )
        for emergency in delivery.emergencies
    ]


def _press_of(
    entry: Mapping[str, Any],
    delivery: Delivery,
    sender: str,
    authors: Collection[str],
    received_at: datetime,
) -> dict[str, Any]:
    """Return the id of an entry, its moment by this server's clock, and its author if known."""
    return {
        "id": entry["id"],
        "made_at": corrected(entry["made_at"], delivery.device_now, received_at),
        "subject": entry["by"] if entry["by"] in authors else sender,
    }
