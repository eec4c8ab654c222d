"""Labels of the codes of campaigns at the desk."""

from datetime import time

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.enrolment.models import RenewalCampaign
from services.enrolment.models.school_year.renewal import CLOSED, DRAFT, OPEN
from services.enrolment.school_year.renewal.queries.statistics import Counts, Movement
from shared.contracts.enrolment.school_year.renewals import (
    ASKED,
    CONFIRMED,
    DECLINED,
    NO_GROUP,
    NONE,
    OLDER,
    OTHER,
    RELEASED,
    SAME,
    WAITING,
)
from shared.dates.clock import PARIS
from shared.web.language.languages import language_here
from shared.web.language.translated_labels import Label
from shared.web.language.typography import hour, long_date

CAMPAIGNS: dict[str, tuple[str, str, object]] = {
    DRAFT: ("gold", "edit", _l("brouillon")),
    OPEN: ("green", "check", _l("ouverte")),
    CLOSED: ("soft", "end", _l("close")),
}
STATES: dict[str, LazyString] = {
    CONFIRMED: _l("confirmés"),
    WAITING: _l("en attente de place"),
    DECLINED: _l("ne reviennent pas"),
    ASKED: _l("sans réponse"),
    RELEASED: _l("places libérées"),
    NO_GROUP: _l("sans groupe pour leur âge"),
}
"""Labels of states, in the order in which a director reads them."""
WHY: dict[str, LazyString] = {
    SAME: _l("même groupe"),
    OLDER: _l("ils ont grandi"),
    OTHER: _l("le groupe n’existe plus"),
    NONE: _l("aucun groupe pour leur âge"),
}


def shown_states(campaign: RenewalCampaign, counts: Counts) -> list[tuple[str, Label]]:
    """Return the states that say something of a campaign, each with its name."""
    always = (CONFIRMED, DECLINED) if campaign.state == CLOSED else (CONFIRMED, DECLINED, ASKED)
    return [state for state in STATES.items() if counts.states[state[0]] or state[0] in always]


def title(campaign: RenewalCampaign) -> str:
    """Name a campaign by the year to which it leads."""
    return _("Rentrée %(year)s", year=campaign.to_year)


def opening_day(campaign: RenewalCampaign) -> str:
    """Say since when families answer: « 27 novembre 2026 », with its hour where a day has begun."""
    day = long_date(campaign.opens_at, language_here())
    begun = campaign.opens_at.astimezone(PARIS).time() > time.min
    return f"{day}, {hour(campaign.opens_at)}" if begun else day


def destination(movement: Movement) -> str:
    """Say where children would go on."""
    return movement.following or _("nulle part")
