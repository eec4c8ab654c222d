"""
Places that may be renewed for next year, from all providers' cards, and a family's progress. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.portal_gateway.cards.rules.json_values import to_day, to_moment
from shared.contracts.enrolment.school_year import renewals
from shared.json_values import JsonMapping

ANSWERED = (renewals.CONFIRMED, renewals.WAITING, renewals.DECLINED)


@dataclass(frozen=True, slots=True)
class Renewal:
    """
    One place of one child that may be renewed: `now` and `next` are rows of the contract.

    `on_its_way` is the answer that waits for its provider, "" without one; `just_answered` is true
    if the provider has answered and its card has not been received yet.
    """

    provider: str
    child_id: str
    renewal_id: str
    state: str
    why: str
    until: datetime
    kept_until: datetime | None
    by_day: bool
    now: JsonMapping
    next: JsonMapping | None
    school_year: str
    place_id: str | None
    on_its_way: str = ""
    just_answered: bool = False

    @staticmethod
    def from_card_line(provider: str, child_id: str, row: JsonMapping) -> "Renewal":
        """Return a line of a card."""
        return Renewal(
            provider,
            child_id,
            row["renewal_id"],
            row["state"],
            row["why"],
            to_moment(row["until"]),
            to_moment(row["kept_until"]) if row["kept_until"] else None,
            row["by_day"],
            row["now"],
            row["next"],
            row["school_year"],
            row["place_id"],
        )

    @property
    def first_day(self) -> date | None:
        return to_day(self.next["first_day"]) if self.next else None

    @property
    def is_answered(self) -> bool:
        return self.state in ANSWERED or bool(self.on_its_way)

    def may_answer(self, moment: datetime) -> bool:
        """Say whether an answer is awaited."""
        waits = self.state == renewals.ASKED and not self.on_its_way
        return waits and moment <= self.until

    def may_undo(self, moment: datetime) -> bool:
        """Say whether a « no » may be taken back."""
        said_no = self.state == renewals.DECLINED and not self.on_its_way
        return said_no and moment <= self.until

    @property
    def changes(self) -> list[tuple[str, Any, Any]]:
        """Return what is another next year: (what, now, next), in the order of the page."""
        if self.next is None:
            return []
        names = ("group", "weekdays", "hours", "site")
        both = [
            (name, _comparable_part(self.now, name), _comparable_part(self.next, name))
            for name in names
        ]
        return [(name, before, after) for name, before, after in both if before != after]


@dataclass(frozen=True)
class Progress:
    """Number of answered lines, of how many; `until` is the nearest open deadline."""

    answered: int
    of: int
    until: datetime | None
    school_year: str

    @property
    def done(self) -> bool:
        return self.answered >= self.of


def renewal_progress(lines: Sequence[Renewal], moment: datetime) -> Progress | None:
    """Return how far a family has come; None while no campaign asks it anything."""
    lines_asked = [line for line in lines if line.is_answered or line.may_answer(moment)]
    if not lines_asked or all(line.until < moment for line in lines_asked):
        return None
    waiting = [line.until for line in lines_asked if line.may_answer(moment)]
    answered = sum(line.is_answered for line in lines_asked)
    return Progress(
        answered, len(lines_asked), min(waiting, default=None), lines_asked[0].school_year
    )


def renewals_by_child(
    lines: Iterable[Renewal], one_id: Mapping[str, str] | None = None
) -> dict[str, list[Renewal]]:
    """Return the lines of each child, by provider and activity; `one_id` is the child's of any."""
    lines_by_child: dict[str, list[Renewal]] = {}
    for line in sorted(lines, key=lambda line: (line.provider, line.now["activity"])):
        one = (one_id or {}).get(line.child_id, line.child_id)
        lines_by_child.setdefault(one, []).append(line)
    return lines_by_child


def _comparable_part(row: JsonMapping, name: str) -> object:
    return (row["starts"], row["ends"]) if name == "hours" else row[name]
