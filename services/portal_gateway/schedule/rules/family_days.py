"""
A family's days, places and applications, from cards and calendars. Pure.

A card is JSON, a calendar's answer is loaded already: `Day.from_card_row` takes either.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from services.portal_gateway.cards.rules.json_values import to_day, to_moment
from services.portal_gateway.enrolment.rules.renewals import Renewal
from shared.contracts.enrolment.clashing_group_times import Hours, clashing_weekdays
from shared.contracts.enrolment.messages.bulletin_audience import DatedPlace
from shared.contracts.enrolment.places import published_offer
from shared.contracts.enrolment.places import states as place_states
from shared.json_values import JsonMapping


@dataclass(frozen=True, slots=True)
class Day:
    """One session of one child at one provider."""

    provider: str
    child_id: str
    session_id: str
    day: date
    starts_at: datetime
    ends_at: datetime
    activity_id: str
    activity: str
    group: str
    state: str
    until: datetime | None
    seen_at: datetime | None
    asked_by: str | None = None
    reason: str = ""
    """Why the provider cancelled it; "" where it did not, or gave no reason."""

    @staticmethod
    def from_card_row(provider: str, child_id: str, row: JsonMapping) -> "Day":
        """Return the day of a row of a card (JSON) or of a calendar's answer."""
        return Day(
            provider,
            child_id,
            row["session_id"],
            to_day(row["day"]),
            to_moment(row["starts_at"]),
            to_moment(row["ends_at"]),
            row["activity_id"],
            row["activity"],
            row["group"],
            row["state"],
            _optional_moment(row["until"]),
            _optional_moment(row["seen_at"]),
            row.get("asked_by"),
            row.get("reason", ""),
        )

    def may_cancel(self, moment: datetime) -> bool:
        """Say whether what is booked may still be cancelled without counting."""
        return self.state == place_states.BOOKED and self.until is not None and moment <= self.until

    def may_book(self, moment: datetime) -> bool:
        """Say whether the day may still be booked."""
        bookable = self.state in (place_states.FREE, place_states.CANCELLED)
        return bookable and self.until is not None and moment <= self.until

    def may_be_declared(self, moment: datetime) -> bool:
        """Say whether the family can still say that the child will not come."""
        return self.state == place_states.BOOKED and self.ends_at > moment


@dataclass(frozen=True, slots=True)
class Place:
    """A place that a child has, and the days of the week on which it comes."""

    provider: str
    child_id: str
    place_id: str
    activity_id: str
    activity: str
    group: str
    booking: str
    weekdays: tuple[int, ...]
    valid_from: date
    hours: Hours
    site: str = ""


@dataclass(frozen=True, slots=True)
class Application:
    """An application for a place, with its present state."""

    provider: str
    child_id: str
    application_id: str
    activity_id: str
    activity: str
    group: str
    state: str
    rank: int | None
    answer_until: datetime | None
    reason: str
    reason_detail: JsonMapping

    @staticmethod
    def from_card_row(provider: str, child_id: str, row: JsonMapping) -> "Application":
        return Application(
            provider,
            child_id,
            row["application_id"],
            row["activity_id"],
            row["activity"],
            row["group"],
            row["state"],
            row["rank"],
            _optional_moment(row["answer_until"]),
            row["reason"],
            row["reason_detail"],
        )


@dataclass(frozen=True)
class Card:
    """One provider's last card of one household, limited to a guardian's own children."""

    provider: str
    at: datetime
    rows: Mapping[str, JsonMapping]
    """Rows by child, as received: parsed as far as a page needs them."""

    @staticmethod
    def from_content(provider: str, content: JsonMapping, children: Iterable[str]) -> "Card":
        own = set(children)
        rows = {row["child_id"]: row for row in content["children"] if row["child_id"] in own}
        return Card(provider, to_moment(content["at"]), rows)

    def days(self, first: date, last: date) -> list[Day]:
        """Return the days between two, both included."""
        low, high = first.isoformat(), last.isoformat()
        return [
            Day.from_card_row(self.provider, child_id, row)
            for child_id, child in self.rows.items()
            for row in child["days"]
            if low <= row["day"] <= high
        ]

    def next_day(self, after: date, states: Collection[str]) -> date | None:
        """Return the first later day on which a session has one of these states."""
        low = after.isoformat()
        later = (
            row["day"]
            for child in self.rows.values()
            for row in child["days"]
            if row["day"] > low and row["state"] in states
        )
        first = min(later, default=None)
        return None if first is None else to_day(first)

    @property
    def sites(self) -> dict[tuple[str, str, str], str]:
        """Return where each place is: by child, activity id and group."""
        return {
            (child_id, row["activity_id"], row["group"]): row["site"]
            for child_id, child in self.rows.items()
            for row in child["places"]
        }

    @property
    def places(self) -> list[Place]:
        return [
            Place(
                self.provider,
                child_id,
                row["place_id"],
                row["activity_id"],
                row["activity"],
                row["group"],
                row["booking"],
                tuple(row["weekdays"]),
                to_day(row["valid_from"]),
                _hours_of_place(row),
                row["site"],
            )
            for child_id, child in self.rows.items()
            for row in child["places"]
        ]

    def school_rows(self, part: str, child_id: str) -> list[JsonMapping]:
        """Return a child's school requests or enrolments; an older card has none."""
        rows: list[JsonMapping] = self.rows.get(child_id, {}).get(part, [])
        return rows

    def places_for_bulletins(self, since: Mapping[str, date]) -> list[DatedPlace]:
        """
        Return the places as bulletins ask for them, of placed children too.

        `since` says by child from which day on they are for this reader.
        """
        return [
            DatedPlace(
                row["activity_id"],
                row.get("group_id", ""),
                to_day(row["valid_from"]),
                to_day(row["valid_to"]) if row["valid_to"] else None,
            ).read_since(since.get(child_id))
            for child_id, child in self.rows.items()
            for row in (*child["places"], *child.get("groups", ()))
        ]

    @property
    def renewals(self) -> list[Renewal]:
        return [
            Renewal.from_card_line(self.provider, child_id, row)
            for child_id, child in self.rows.items()
            for row in child.get("renewals", ())
        ]

    @property
    def applications(self) -> list[Application]:
        return [
            Application.from_card_row(self.provider, child_id, row)
            for child_id, child in self.rows.items()
            for row in child["applications"]
        ]


def merge_days(days: Iterable[Day]) -> list[Day]:
    """
    Return the days by start, each session of a child once.

    A guardian of two households receives a day twice: as its own, and as the other household's.
    """
    by_session: dict[tuple[str, str], Day] = {}
    for day in days:
        key = (day.child_id, day.session_id)
        if key not in by_session or by_session[key].state == place_states.OTHER:
            by_session[key] = day
    return sorted(
        by_session.values(), key=lambda day: (day.starts_at, day.activity, day.session_id)
    )


def _optional_moment(value: str | datetime | None) -> datetime | None:
    return None if value is None else to_moment(value)


def clashing_places(
    held: Iterable[Place], child_ids: Collection[str], wanted: Hours
) -> list[tuple[Place, list[int]]]:
    """Return the child's places at the same hours, whoever gave them, with the weekdays shared."""
    found = [
        (place, clashing_weekdays(wanted, place.hours))
        for place in held
        if place.child_id in child_ids
    ]
    return [(place, weekdays) for place, weekdays in found if weekdays]


def _hours_of_place(row: JsonMapping) -> Hours:
    """Return the hours of a place on a card; an older card has none, and clashes with nothing."""
    last = to_day(row["valid_to"]) if row["valid_to"] else None
    hours = (row.get("starts", ""), row.get("ends", ""))
    period = (to_day(row["valid_from"]), last)
    return Hours.from_timetable(
        row["weekdays"], hours, period, row.get("runs_in", published_offer.TERM)
    )
