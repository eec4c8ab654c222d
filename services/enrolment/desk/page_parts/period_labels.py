"""Periods of figures in words, for every page that shows one."""

from datetime import date

from babel.dates import format_date
from flask_babel import gettext as _

from services.enrolment.figures.rules import periods
from services.enrolment.figures.rules.periods import Period
from shared.web.language.languages import language_here


def period(of: Period) -> str:
    """Return a period in words: « novembre 2026 », « année scolaire 2026-2027 »."""
    if of.kind == periods.YEAR:
        return _("année scolaire %(years)s", years=of.code)
    if of.kind == periods.QUARTER:
        return _(
            "%(nth)s trimestre %(year)s",
            nth=_ordinal_in_words(int(of.code[-1])),
            year=of.code[:4],
        )
    if of.kind == periods.WEEK:
        return _("semaine du %(day)s", day=day_in_babel_form(of.first, "d MMMM y"))
    return day_in_babel_form(of.first, "EEEE d MMMM y" if of.kind == periods.DAY else "MMMM y")


def _ordinal_in_words(number: int) -> str:
    return _("1er") if number == 1 else _("%(number)se", number=number)


def day_in_babel_form(day: date, form: str) -> str:
    """Return a day as a form of Babel writes it."""
    return str(format_date(day, form, locale=language_here()))
