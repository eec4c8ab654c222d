"""Reasons of empty days: holidays, bridges, what a service closed, each said once with its days."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.portal_gateway.calls.calendars import SpecialDay
from services.portal_gateway.labels.enrolment import closing_reason
from services.portal_gateway.pages.schedule.grid import VOID, Cell, Grid, Line
from shared.contracts.enrolment.places import states
from shared.register.calendar import BRIDGE, CLOSED, PUBLIC_HOLIDAY, SCHOOL_HOLIDAY
from shared.web.language import typography
from shared.web.language.languages import language_here
from shared.web.language.translated_labels import Label

CELL_WORDS: Mapping[str, Label] = {
    PUBLIC_HOLIDAY: _l("férié"),
    CLOSED: _l("fermé"),
    BRIDGE: _l("pont"),
    SCHOOL_HOLIDAY: _l("vacances"),
}
"""Word of an empty cell by kind of day; of a day that is several, the first kind is said."""
MOVED = "timetable"
"""Reason of sessions that a change of the calendar took."""
_KINDS = tuple(CELL_WORDS)


@dataclass(frozen=True)
class DayNote:
    """Days of a page, and why they are empty, in words."""

    days: str
    reason: str


def notes_of_page(
    grid: Grid, special: Sequence[SpecialDay], service_names: Mapping[str, str]
) -> list[DayNote]:
    """Return why days that columns show are empty, by day; those that follow each other once."""
    shown = [
        day
        for monday in grid.period.mondays
        for day in (monday + timedelta(days=weekday - 1) for weekday in grid.columns)
        if day in grid.period
    ]
    by_day = {day: list(_reasons_of_day(day, grid, special, service_names)) for day in shown}
    notes = [
        (days[0], DayNote(_days_in_words(days[0], days[-1]), reason))
        for reason in dict.fromkeys(reason for of_day in by_day.values() for reason in of_day)
        for days in _runs_of_days(by_day, reason)
    ]
    return [note for _first, note in sorted(notes, key=lambda each: each[0])]


def _runs_of_days(by_day: Mapping[date, Sequence[str]], reason: str) -> Iterator[list[date]]:
    """Yield the days with a reason that follow each other among those shown."""
    for has_reason, days in groupby(by_day, lambda day: reason in by_day[day]):
        if has_reason:
            yield list(days)


def word_of_empty_cell(line: Line, cell: Cell, special: Iterable[SpecialDay]) -> Label:
    """Return the word of a cell on which nothing meets; "" where its day is like others."""
    own = [each for each in special if each.provider == line.provider]
    kinds = {each.kind for each in own if each.day == cell.day}
    holidays = {each.day for each in own if each.kind == SCHOOL_HOLIDAY}
    if any(each.kind != VOID and each.day in holidays for each in line.cells):
        kinds.discard(SCHOOL_HOLIDAY)
    return next((word for kind, word in CELL_WORDS.items() if kind in kinds), "")


def _reasons_of_day(
    day: date, grid: Grid, special: Sequence[SpecialDay], service_names: Mapping[str, str]
) -> Iterator[str]:
    """Yield why a day is empty: what calendars say of it, then what was cancelled on it."""
    of_day = [each for each in special if each.day == day]
    first = min((_KINDS.index(each.kind) for each in of_day if each.kind != CLOSED), default=None)
    meets = any(cell.kind != VOID for cell in grid.cells if cell.day == day)
    if first is not None:
        label = typography.with_french_spaces(
            next(each.label for each in of_day if each.kind == _KINDS[first])
        )
        yield _special_day_in_words(_KINDS[first], label, meets)
    for each in dict.fromkeys(each for each in of_day if each.kind == CLOSED):
        name = service_names.get(each.provider, "") if len(service_names) > 1 else ""
        yield (
            _("Fermé (%(service)s) : %(why)s", service=name, why=each.label)
            if name
            else _("Fermé : %(why)s", why=each.label)
        )
    said = {each.provider for each in of_day}
    for why, activities in _activities_by_reason(day, grid, said).items():
        names = typography.enumeration(activities, language_here())
        yield _("Fermé : %(why)s (%(activities)s)", why=why, activities=names)


def _activities_by_reason(
    day: date, grid: Grid, said: Collection[str]
) -> Mapping[str, Mapping[str, None]]:
    """
    Return what services cancelled on a day, by why.

    Where the calendar of a service in `said` took the day, it says why in its own words already.
    """
    closed: dict[str, dict[str, None]] = {}
    for line in grid.lines:
        for cell in line.cells:
            if cell.day != day or cell.kind != states.CLOSED or cell.session is None:
                continue
            why = closing_reason(cell.session.reason)
            if why and not (cell.session.reason == MOVED and line.provider in said):
                closed.setdefault(why, {})[line.activity] = None
    return closed


def _special_day_in_words(kind: str, label: str, meets: bool) -> str:
    """Say what a day is: « Férié : Ascension », « Vacances d’hiver »."""
    if kind == PUBLIC_HOLIDAY:
        return _("Férié : %(name)s", name=label)
    if kind == BRIDGE:
        named = label if label.startswith("Pont") else _("Pont : %(name)s", name=label)
        return named if meets else _("%(bridge)s, pas d’accueil", bridge=named)
    return label if label.startswith(("Vacances", "Pont")) else _("Vacances : %(name)s", name=label)


def _days_in_words(first: date, last: date) -> str:
    """Say a day, or from when to when: « Jeudi 6 mai », « Du 15 février au 26 février »."""
    if first == last:
        return typography.with_capital(typography.day(first, language_here(), first))
    begins, ends = (typography.day_and_month(day, language_here()) for day in (first, last))
    return _("Du %(first)s au %(last)s", first=begins, last=ends)
