"""French words of the town's own pages."""

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.portal_gateway.pages.public.town.rules.enrolment_dates import CLOSES, OPENS, TownDate
from shared.dates.clock import PARIS

HAPPENS: Mapping[str, LazyString] = {
    OPENS: _l("Les demandes ouvrent"),
    CLOSES: _l("Dernier jour pour demander une place"),
}
AT: Mapping[str, LazyString] = {OPENS: _l("à %(hour)s"), CLOSES: _l("jusqu’à %(hour)s")}
MOST_NAMES = 3


def names_of_activities(date: TownDate) -> str:
    """Name the activities that open or close; of many, the first ones and how many more."""
    shown, more = date.activities[:MOST_NAMES], len(date.activities) - MOST_NAMES
    names = ", ".join(shown)
    return _("%(names)s et %(count)s autres", names=names, count=more) if more > 0 else names


def is_at_midnight(date: TownDate) -> bool:
    """Say whether the hour says nothing: what opens with the day, or closes with it."""
    local = date.moment.astimezone(PARIS)
    return (local.hour, local.minute) in ((0, 0), (23, 59))
