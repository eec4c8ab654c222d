"""The days of a household at all its services, arranged by day for who acts on them. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.portal_gateway.front_desk.pages.households.service_parts import Office
from shared.contracts.dossier.front_desk import OpenedChild
from shared.contracts.enrolment.front_desk import CounterDay, CounterGroup
from shared.dates.clock import PARIS
from shared.web.language.provider_badges import Mark


@dataclass(frozen=True)
class Cell:
    """One child in one session, as a form names it."""

    provider: str
    child_id: str
    session_id: str

    def __str__(self) -> str:
        return f"{self.provider} {self.child_id} {self.session_id}"


@dataclass(frozen=True)
class Line:
    """One session of a child on a day; `acts` are those that change something."""

    cell: Cell
    child: str
    activity: str
    mark: Mark
    starts_at: datetime
    ends_at: datetime
    state: str
    acts: Sequence[str]
    counts: bool


def parse_cell(text: str) -> Cell | None:
    """Return the cell that a form names; None for anything else."""
    parts = text.split()
    return Cell(*parts) if len(parts) == 3 else None


def names_by_id(children: Iterable[OpenedChild]) -> dict[str, str]:
    """Return the first name of each child by its id, and by those of its other files."""
    return {
        each: child["first_name"] for child in children for each in (child["id"], *child["also"])
    }


def days_of_offices(offices: Iterable[Office], names: Mapping[str, str]) -> dict[date, list[Line]]:
    """Return by day, in order, the sessions of these children; of a child unknown here nothing."""
    lines = [
        _line_of_session(office, day, office.groups_by_id[day["group_id"]], names[day["child_id"]])
        for office in offices
        for day in (office.seen.days if office.seen else ())
        if day["child_id"] in names
    ]
    days: dict[date, list[Line]] = {}
    for line in sorted(lines, key=lambda line: (line.starts_at, line.child, line.activity)):
        days.setdefault(line.starts_at.astimezone(PARIS).date(), []).append(line)
    return days


def _line_of_session(office: Office, day: CounterDay, group: CounterGroup, child: str) -> Line:
    return Line(
        Cell(office.code, day["child_id"], day["session_id"]),
        child,
        group["activity"],
        office.mark,
        day["starts_at"],
        day["ends_at"],
        day["state"],
        day["acts"],
        day["counts"],
    )
