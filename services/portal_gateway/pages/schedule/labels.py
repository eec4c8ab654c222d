"""Words of a page of weeks: its cells and their deadlines, whose week it is, what was changed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby, pairwise

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from services.portal_gateway.labels import enrolment as enrolment_labels
from services.portal_gateway.labels.enrolment import euros, join_names, short_day
from services.portal_gateway.labels.two_home_weeks import homes_in_words
from services.portal_gateway.pages.schedule.grid import (
    KEPT,
    SENDING,
    SHUT,
    UNUSED,
    Cell,
    Grid,
    Line,
    Period,
)
from services.portal_gateway.pages.schedule.weeks_asked_for import AskedWeeks
from services.portal_gateway.session.queries.children import Child
from shared.contracts.enrolment.places import states
from shared.dates.two_home_weeks import MORNING
from shared.web.language import typography
from shared.web.language.languages import language_here
from shared.web.language.translated_labels import Label

KINDS: dict[str, tuple[str, Label, Label]] = {
    SENDING: ("sent", _l("en route"), _l("Envoyé au service, qui n’a pas encore répondu.")),
    KEPT: ("lock", _l("réservé"), _l("L’heure est passée : la réservation est due.")),
    SHUT: ("lock", _l("clos"), _l("L’heure est passée. Appelez le service.")),
    UNUSED: ("", _l("non réservé"), ""),
    states.BOOKED: ("check", _l("réservé"), ""),
    states.CANCELLED: ("remove", _l("annulé"), ""),
    states.EXCUSED: ("absence", _l("excusé"), _l("Absence excusée : rien n’est facturé.")),
    states.PRESENT: ("seen", _l("présent"), ""),
    states.ABSENT: ("absence", _l("absent"), _l("Absence non excusée : la séance est facturée.")),
    states.CLOSED: ("info", _l("fermé"), _l("Le service a annulé : rien n’est facturé.")),
    states.FULL: ("nobody", _l("complet"), ""),
    states.OTHER: ("home", _l("autre foyer"), _l("L’autre parent seul réserve et paie.")),
}
"""Icon and word of each kind of cell that is no box, and what it means, where that is not plain."""

LEGEND = (KEPT, SHUT, SENDING, states.EXCUSED, states.ABSENT, states.OTHER)
Cutoffs = Mapping[tuple[str, str], str]
"""Times until which a booking is cancelled, as the offer writes them, by provider and activity."""
MOST_DAYS_NAMED = 6
"""Days named one by one in a confirmation; of more, how many from when to when."""


def box_name(line: Line, cell: Cell) -> str:
    """Name a box to who does not see its line and column: child, activity, day, price, deadline."""
    assert cell.session is not None
    parts = [line.child.first_name, line.activity, short_day(cell.day)]
    if cell.cents is not None:
        parts.append(euros(cell.cents))
    if cell.session.until is not None:
        until = enrolment_labels.until_label(cell.session.until)
        parts.append(typography.up_to(until, language_here()))
    return ", ".join(parts)


def cell_name(line: Line, cell: Cell) -> str:
    """Name a cell that is no box."""
    return ", ".join((line.child.first_name, line.activity, short_day(cell.day)))


def short_weekday(day: date) -> str:
    """Name a column: « lun. »."""
    return typography.short_weekday(day, language_here())


def deadline_of_box(cell: Cell) -> str:
    """Say a box's deadline in its cell: « jusqu’à dim. 18 h »; "" without one."""
    until = cell.session.until if cell.session else None
    if until is None:
        return ""
    return _("jusqu’à %(when)s", when=typography.short_moment(until, language_here()))


def hours_of_line(line: Line) -> str:
    """Say when a line meets, where that is the same every day."""
    sessions = [cell.session for cell in line.cells if cell.session]
    said = {
        typography.hour_range(each.starts_at, each.ends_at, language_here()) for each in sessions
    }
    return said.pop() if len(said) == 1 else ""


def price_of_line(line: Line) -> str:
    """Say what a day of a line costs; "" where it has no price, or several."""
    return euros(line.cents_of_each_day) if line.cents_of_each_day is not None else ""


def until_when_changed(line: Line, cutoffs: Cutoffs) -> str:
    """Say until when a day of a line is changed: « jusqu’au jour ouvré précédent, 18 h »."""
    return _cutoff_in_words(cutoffs.get((line.provider, line.activity_id), ""))


def deadlines_of_page(grid: Grid, cutoffs: Cutoffs) -> list[tuple[str, str]]:
    """Return each deadline of a page once, after the activities that have it."""
    activities: dict[str, dict[str, None]] = {}
    for line in grid.lines:
        if line.count_boxes and (said := until_when_changed(line, cutoffs)):
            activities.setdefault(said, {})[line.activity] = None
    return [(join_names(names), said) for said, names in activities.items()]


def _cutoff_in_words(text: str) -> str:
    """Say a deadline of the offer, which counts working days: « 1@18:00 »."""
    count, _at, clock = text.partition("@")
    if not count.isdecimal() or not clock:
        return ""
    hour = enrolment_labels.hours_in_words(clock)
    if count == "0":
        return _("jusqu’au jour même, %(hour)s", hour=hour)
    if count == "1":
        return _("jusqu’au jour ouvré précédent, %(hour)s", hour=hour)
    return _("jusqu’à %(count)s jours ouvrés avant, %(hour)s", count=count, hour=hour)


def title_of_days(asked: AskedWeeks, grid: Grid) -> str:
    """Say which days a page shows: « Décembre 2026 », « Du 7 au 11 décembre »."""
    if asked.is_month:
        return typography.month(asked.day, language_here()).capitalize()
    first, last = grid.period.first, grid.last_day_shown
    if (first.year, first.month) == (last.year, last.month) and language_here() == "fr":
        begins = _day_of_month(first.day)
    else:
        begins = typography.day_and_month(first, language_here())
    ends = typography.day_and_month(last, language_here())
    return _("Du %(first)s au %(last)s", first=begins, last=ends)


def home_of_days(child: Child, period: Period) -> str:
    """
    Say in which home a child of two is over some days, with the hour of handing over, once.

    "" for a child of one home.
    """
    weeks, since = child.weeks, child.weeks_since
    if weeks is None or (since and since > period.last):
        return ""
    first = max(period.first, since or period.first)
    days = [first + timedelta(days=ahead) for ahead in range((period.last - first).days + 1)]
    runs = [(home, list(group)) for home, group in groupby(days, weeks.household_on)]
    said = homes_in_words(weeks)
    last = said[runs[-1][0]]
    if len(runs) == 1:
        return _("%(home)s toute la semaine", home=last) if _is_week(period) else last
    parts = [
        _(
            "%(home)s jusqu’au %(when)s",
            home=said[home],
            when=_handover_in_words(days[0], weeks.changes_at, with_hour=change == 0),
        )
        for change, ((home, _days), (_next, days)) in enumerate(pairwise(runs))
    ]
    return _(", puis ").join([*parts, last])


def _handover_in_words(first_day: date, moment: str, *, with_hour: bool) -> str:
    """Say when a home's days end, by the first day of the other's."""
    handed_over = first_day if moment == MORNING else first_day - timedelta(days=1)
    day = short_day(handed_over)
    if not with_hour:
        return day
    if moment == MORNING:
        return _("%(day)s, avant l’école", day=day)
    return _("%(day)s, après l’école ou le soir", day=day)


def _is_week(period: Period) -> bool:
    return (period.last - period.first).days < 7


def changed_days_in_words(activity: str, days: Iterable[date]) -> str:
    """Say of which days an order is: « Restauration scolaire : lundi 7 décembre »."""
    return _("%(what)s : %(days)s", what=activity, days=named_days(sorted(set(days))))


def named_days(days: Sequence[date]) -> str:
    """Say several days, of many only the first and the last."""
    if len(days) > MOST_DAYS_NAMED:
        return _(
            "%(count)s, du %(first)s au %(last)s",
            count=ngettext("%(num)d jour", "%(num)d jours", len(days)),
            first=short_day(days[0]),
            last=short_day(days[-1]),
        )
    return join_names(
        _named_day(day, after) for day, after in zip(days, [*days[1:], None], strict=True)
    )


def _named_day(day: date, after: date | None) -> str:
    """Say one of several days, its month only where the next is of another one."""
    if after is None or (day.year, day.month) != (after.year, after.month):
        return short_day(day)
    return typography.weekday_and_number(day, language_here())


def _day_of_month(day: int) -> str:
    return "1er" if day == 1 else str(day)
