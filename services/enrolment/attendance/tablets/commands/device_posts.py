"""Posts of a device (marks, ticks, unknown children), converted from its clock to this server's."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any, TypedDict

from services.enrolment.attendance.handovers_between_services.commands.handover_ticks import NewTick
from services.enrolment.attendance.marks.rules import collectors
from services.enrolment.attendance.marks.rules.collectors import Collector
from services.enrolment.attendance.marks.rules.mark_resolution import (
    ABSENT,
    CLEARED,
    LEFT,
    PRESENT,
    moment_by_server_clock,
)
from services.enrolment.attendance.roll_call.commands.emergency_care import Emergency
from services.enrolment.attendance.roll_call.commands.marks import (
    Mistake,
    NewMark,
    NewUnknown,
)
from shared.contracts.dossier.sharing.handovers_between_services import ACTS, MOST_HEADS
from shared.contracts.schema_from_type import Default, schema_of
from shared.contracts.values import Day, Id, Moment, list_length, maybe_text, one_of, text
from shared.json_values import JsonObject

MOST_AT_ONCE = 300


class Posted(TypedDict):
    """A press on a tablet: when by the device's clock, and by whom."""

    id: Id
    made_at: Moment
    by: Id


class PostedAfter(Posted):
    """A press that follows others: `after` are the presses that the device knew of before it."""

    after: Annotated[list[Id], list_length(0, MOST_HEADS), Default(list)]


class PostedCollector(TypedDict):
    """With whom a child left, as the agent chose it on the list."""

    kind: Annotated[str, one_of(collectors.KINDS)]
    name: Annotated[str, maybe_text(collectors.LONGEST_NAME), Default("")]


class PostedMark(PostedAfter):
    session_id: Id
    child_id: Id
    kind: Annotated[str, one_of((PRESENT, ABSENT, LEFT, CLEARED))]
    collected_by: Annotated[PostedCollector | None, Default(None)]


class PostedTick(PostedAfter):
    relay_id: Id
    day: Day
    kind: Annotated[str, one_of(ACTS)]


class PostedUnknown(Posted):
    session_id: Id
    name: Annotated[str, text(120)]


class PostedMistake(Posted):
    """A press that takes a typed name off a list again."""

    session_id: Id
    unknown_id: Id


class PostedEmergency(Posted):
    session_id: Id


@dataclass(frozen=True)
class Delivery:
    """
    One post of a device, parsed; `unsent` is the number of marks that it reports as still unsent.
    """

    device_now: Moment
    unsent: int = 0
    marks: Annotated[list[PostedMark], list_length(0, MOST_AT_ONCE)] = field(default_factory=list)
    passages: Annotated[list[PostedTick], list_length(0, MOST_AT_ONCE)] = field(
        default_factory=list
    )
    unknown: Annotated[list[PostedUnknown], list_length(0, MOST_AT_ONCE)] = field(
        default_factory=list
    )
    mistakes: Annotated[list[PostedMistake], list_length(0, MOST_AT_ONCE)] = field(
        default_factory=list
    )
    emergencies: Annotated[list[PostedEmergency], list_length(0, 20)] = field(default_factory=list)

    @property
    def authors(self) -> set[str]:
        return {entry["by"] for entry in (*self.passages, *self.of_sessions)}

    @property
    def of_sessions(self) -> list[PostedMark | PostedUnknown | PostedMistake | PostedEmergency]:
        """Return the posts that are of a session's list."""
        return [*self.marks, *self.unknown, *self.mistakes, *self.emergencies]

    def without(self, ids: Collection[str]) -> "Delivery":
        """Return the delivery without these posts."""
        if not ids:
            return self
        return replace(
            self,
            marks=[post for post in self.marks if post["id"] not in ids],
            passages=[post for post in self.passages if post["id"] not in ids],
            unknown=[post for post in self.unknown if post["id"] not in ids],
            mistakes=[post for post in self.mistakes if post["id"] not in ids],
            emergencies=[post for post in self.emergencies if post["id"] not in ids],
        )


class _Named(TypedDict):
    id: Id


_delivery = schema_of(Delivery, "exclude")
_named = schema_of(_Named, "exclude")


def parse_posts_of_device(posted: Any) -> Delivery:
    """Return what was posted; raises marshmallow's ValidationError."""
    return Delivery(**_delivery.load(posted))


def is_device_id(value: object) -> bool:
    """Return whether a value is an id as devices make them."""
    return isinstance(value, str) and not _named.validate({"id": value})


def marks_in_delivery(
    delivery: Delivery, sender: str, authors: Collection[str], received_at: datetime
) -> list[NewMark]:
    """
    Return the marks by this server's clock, each with its author if that person had the tablet.
    """
    return [
        NewMark(
            **_id_moment_and_author_of_entry(mark, delivery, sender, authors, received_at),
            session_id=mark["session_id"],
            child_id=mark["child_id"],
            kind=mark["kind"],
            after=tuple(mark["after"]),
        )
        for mark in delivery.marks
    ]


def collectors_in_delivery(delivery: Delivery) -> dict[str, Collector]:
    """Return with whom children left, by the id of the mark that says so."""
    return {
        mark["id"]: Collector(**collected_by)
        for mark in delivery.marks
        if mark["kind"] == LEFT and (collected_by := mark["collected_by"]) is not None
    }


def ticks_in_delivery(
    delivery: Delivery, sender: str, authors: Collection[str], received_at: datetime
) -> list[NewTick]:
    """Return the ticks of hand-overs by this server's clock."""
    return [
        NewTick(
            **_id_moment_and_author_of_entry(tick, delivery, sender, authors, received_at),
            handover_id=tick["relay_id"],
            day=tick["day"],
            act=tick["kind"],
            after=tuple(tick["after"]),
        )
        for tick in delivery.passages
    ]


def unknown_children_in_delivery(
    delivery: Delivery, sender: str, authors: Collection[str], received_at: datetime
) -> list[NewUnknown]:
    """Return the unknown children by this server's clock."""
    return [
        NewUnknown(
            **_id_moment_and_author_of_entry(guest, delivery, sender, authors, received_at),
            session_id=guest["session_id"],
            name=guest["name"],
        )
        for guest in delivery.unknown
    ]


def mistakes_in_delivery(
    delivery: Delivery, sender: str, authors: Collection[str], received_at: datetime
) -> list[Mistake]:
    """Return by this server's clock which typed names are taken off their lists."""
    return [
        Mistake(
            **_id_moment_and_author_of_entry(mistake, delivery, sender, authors, received_at),
            session_id=mistake["session_id"],
            unknown_id=mistake["unknown_id"],
        )
        for mistake in delivery.mistakes
    ]


def emergencies_in_delivery(
    delivery: Delivery, sender: str, authors: Collection[str], received_at: datetime
) -> list[Emergency]:
    """Return the emergencies by this server's clock."""
    return [
        Emergency(
            **_id_moment_and_author_of_entry(emergency, delivery, sender, authors, received_at),
            session_id=emergency["session_id"],
        )
        for emergency in delivery.emergencies
    ]


def _id_moment_and_author_of_entry(
    entry: Posted,
    delivery: Delivery,
    sender: str,
    authors: Collection[str],
    received_at: datetime,
) -> JsonObject:
    """Return the id of an entry, its moment by this server's clock, and its author if known."""
    return {
        "id": entry["id"],
        "made_at": moment_by_server_clock(entry["made_at"], delivery.device_now, received_at),
        "subject": entry["by"] if entry["by"] in authors else sender,
    }
