"""Weeks of a child in words, as one of its two homes reads them: the other is never named."""

from datetime import date, timedelta
from itertools import groupby

from flask_babel import gettext as _

from services.portal_gateway.session.queries.children import Child
from shared.dates.child_weeks import Weeks
from shared.web.language import child_weeks

OTHER = ""
"""How the dossier calls the home that is not who is signed in's."""


def whose_days(child: Child, day: date) -> str:
    """Say in which home a child is on a day, and until when; "" for a child of one home."""
    weeks = child.weeks
    return child_weeks.whose_days(weeks, day, _homes(weeks)) if weeks else ""


def whose_week(child: Child, first: date, last: date) -> list[tuple[date, date, str]]:
    """Return the days of a week since there are two homes: from, to, and in which home."""
    weeks = child.weeks
    if weeks is None:
        return []
    first = max(first, child.weeks_since or first)
    days = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
    parts = []
    for home, group in groupby(days, weeks.household_on):
        of_one = list(group)
        parts.append((of_one[0], of_one[-1], _homes(weeks)[home]))
    return parts


def rhythm(child: Child) -> list[str]:
    """Say how the days go round, a sentence each."""
    weeks = child.weeks
    return child_weeks.rhythm(weeks, _homes(weeks)) if weeks else []


def _homes(weeks: Weeks) -> dict[str, str]:
    own = weeks.even or weeks.odd
    return {own: _("chez vous"), OTHER: _("dans l’autre foyer")}
