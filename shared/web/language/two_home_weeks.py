"""Weeks of a child of two homes, in words; `homes` says how each is called there."""

from collections.abc import Mapping
from datetime import date

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from shared.dates.clock import today
from shared.dates.two_home_weeks import EVENING, FORTNIGHTS, MORNING, Weeks
from shared.web.language import typography
from shared.web.language.languages import language_here
from shared.web.language.weekdays import WEEKDAYS

MOMENTS: dict[str, LazyString] = {
    MORNING: _l("le matin, avant l’école"),
    EVENING: _l("après l’école, ou le soir"),
}


def handover_in_words(changes_on: int, changes_at: str) -> str:
    """Say when a child changes hands: « vendredi, après l’école, ou le soir »."""
    return f"{WEEKDAYS[changes_on]}, {MOMENTS[changes_at]}"


def home_in_words(weeks: Weeks, day: date, homes: Mapping[str, str]) -> str:
    """Say in which home a child is on a day, and until when."""
    home, change = homes[weeks.household_on(day)], weeks.next_change(day)
    if change is None:
        return home
    last = typography.day(date.fromordinal(change.toordinal() - 1), language_here(), today())
    return _("%(home)s, jusqu’au %(day)s inclus", home=home, day=last)


def handover_sentence(weeks: Weeks) -> str:
    """Say when a child changes hands, as a sentence."""
    when = handover_in_words(weeks.changes_on, weeks.changes_at)
    return _("L’enfant change de foyer le %(when)s.", when=when)


def rhythm_in_words(weeks: Weeks, homes: Mapping[str, str]) -> list[str]:
    """Say how the days go round, a sentence each."""
    even, odd = homes[weeks.even], homes[weeks.odd]
    if weeks.school_days is None:
        lines = [
            _("Semaines paires : %(even)s. Semaines impaires : %(odd)s.", even=even, odd=odd),
            handover_sentence(weeks),
        ]
    else:
        lines = [
            _("Du lundi au vendredi : %(home)s.", home=homes[weeks.school_days]),
            _(
                "Week-ends des semaines paires : %(even)s. Semaines impaires : %(odd)s.",
                even=even,
                odd=odd,
            ),
        ]
    return [*lines, _holidays_in_words(weeks, homes)]


def _holidays_in_words(weeks: Weeks, homes: Mapping[str, str]) -> str:
    if weeks.holidays is None:
        return _("Les vacances scolaires suivent les semaines.")
    names = {
        "first": homes[weeks.holidays],
        "second": homes[weeks.odd if weeks.holidays == weeks.even else weeks.even],
    }
    halves = _(
        "Première moitié des vacances : %(first)s les années paires, %(second)s les impaires.",
        **names,
    )
    if weeks.summer == FORTNIGHTS:
        return halves + " " + _("L’été, par quinzaines.")
    return halves
