"""Weeks of a child in words, as one of its two homes reads them: the other is never named."""

from datetime import date
from typing import Protocol

from flask_babel import gettext as _

from shared.dates.two_home_weeks import Weeks
from shared.web.language import two_home_weeks

OTHER = ""
"""The dossier's name for the home that is not the reader's."""


class OfHomes(Protocol):
    """A child with its weeks, None where it has one home."""

    @property
    def weeks(self) -> Weeks | None: ...


def home_on_day_in_words(child: OfHomes, day: date) -> str:
    """Say in which home a child is on a day, and until when; "" for a child of one home."""
    weeks = child.weeks
    return two_home_weeks.home_in_words(weeks, day, homes_in_words(weeks)) if weeks else ""


def home_name_on_day(child: OfHomes, day: date) -> str:
    """Name the home in which a child is on a day; "" for a child of one home."""
    weeks = child.weeks
    return homes_in_words(weeks)[weeks.household_on(day)] if weeks else ""


def rhythm_in_words(child: OfHomes) -> list[str]:
    """Say how the days go round, a sentence each."""
    weeks = child.weeks
    return two_home_weeks.rhythm_in_words(weeks, homes_in_words(weeks)) if weeks else []


def homes_in_words(weeks: Weeks) -> dict[str, str]:
    """Say each of a child's homes to who is signed in."""
    own = weeks.even or weeks.odd
    return {own: _("chez vous"), OTHER: _("dans l’autre foyer")}
