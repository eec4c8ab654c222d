"""Labels of figures: periods, their parts, slots of the CAF, percents."""

from datetime import date

from babel.dates import format_date
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.enrolment.figures.rules import caf, periods
from services.enrolment.figures.rules.periods import Period
from shared.dates.months import first_of
from shared.web.language.languages import language_here

SLOTS: dict[str, LazyString] = {
    caf.MORNING: _l("Matin"),
    caf.NOON: _l("Midi"),
    caf.EVENING: _l("Soir"),
    caf.WEDNESDAY: _l("Mercredi"),
    caf.WEEKEND: _l("Samedi et dimanche"),
    caf.HOLIDAYS: _l("Vacances"),
}


def period(of: Period) -> str:
    """Return a period in words: « novembre 2026 », « année scolaire 2026-2027 »."""
    if of.kind == periods.YEAR:
        return _("année scolaire %(years)s", years=of.code)
    if of.kind == periods.QUARTER:
        return _(
            "%(nth)s trimestre %(year)s",
            nth=_nth(int(of.code[-1])),
            year=of.code[:4],
        )
    if of.kind == periods.WEEK:
        return _("semaine du %(day)s", day=_in_words(of.first, "d MMMM y"))
    return _in_words(of.first, "EEEE d MMMM y" if of.kind == periods.DAY else "MMMM y")


def part(code: str) -> str:
    """Return a part of a period in words: a month, or a day."""
    if len(code) == len("2026-11"):
        return _in_words(first_of(code), "MMMM y")
    return _in_words(date.fromisoformat(code), "EEE d MMM")


def short_part(code: str) -> str:
    """Return a part as it stands below its bars."""
    if len(code) == len("2026-11"):
        return _in_words(first_of(code), "MMM")
    return str(int(code[-2:]))


def percent(value: int | None) -> str:
    """Return a share in percent; a dash of nothing."""
    return "–" if value is None else _("%(share)s %%", share=value)


def reception(slot: str) -> str:
    """Return what the law calls the reception of a slot (R227-1)."""
    outside = slot in caf.OUTSIDE_SCHOOL
    return _("extrascolaire") if outside else _("périscolaire")


def slot(code: str) -> str:
    """Return a slot in words."""
    return str(SLOTS[code])


def _nth(number: int) -> str:
    return _("1er") if number == 1 else _("%(number)se", number=number)


def _in_words(day: date, form: str) -> str:
    return str(format_date(day, form, locale=language_here()))
