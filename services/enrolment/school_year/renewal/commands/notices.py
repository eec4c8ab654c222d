"""Notices of a campaign to households, each sent once: it opens, an answer is missing."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from services.enrolment.families.commands import notices
from services.enrolment.families.queries.shielding import hidden_homes, is_place_hidden
from services.enrolment.models import Renewal, RenewalCampaign
from services.enrolment.places.admission.queries.child_file import households_of_child
from services.enrolment.school_year.renewal.rules.states import households_with_place
from shared.database import Write

OPENED, REMINDED, ENDING = "renewal_open", "renewal_reminder", "renewal_ending"
RELEASED = "renewal_released"


def notify_of_opened_campaign(
    write: Write, campaign: RenewalCampaign, lines: Iterable[Renewal], now: datetime
) -> int:
    """Notify that the campaign is open."""
    return _notify_households_of_lines(write, campaign, OPENED, lines, now)


def notify_of_reminder(
    write: Write, campaign: RenewalCampaign, lines: Iterable[Renewal], now: datetime
) -> int:
    """Remind on an agent's order, a household once; return how many households it concerns."""
    return _notify_households_of_lines(write, campaign, REMINDED, lines, now)


def notify_of_release_to_come(
    write: Write, campaign: RenewalCampaign, lines: Iterable[Renewal], now: datetime
) -> int:
    """Notify households without an answer that their places will be released."""
    return _notify_households_of_lines(write, campaign, ENDING, lines, now)


def children_by_household(write: Write, lines: Iterable[Renewal]) -> dict[str, set[str]]:
    """Return the children of these lines by household with the place."""
    by_household: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        homes = households_of_child(write, line.child_id)
        for household_id in households_with_place(line.household_id, homes):
            hidden = hidden_homes(write, [line.child_id], [household_id])
            if not is_place_hidden(line.household_id, hidden.get(line.child_id, ())):
                by_household[household_id].add(line.child_id)
    return by_household


def _notify_households_of_lines(
    write: Write, campaign: RenewalCampaign, kind: str, lines: Iterable[Renewal], now: datetime
) -> int:
    homes = children_by_household(write, lines)
    detail = {"until": campaign.closes_at.isoformat(), "school_year": campaign.to_year}
    for household_id, children in sorted(homes.items()):
        key = f"{kind}-{campaign.id}"
        notices.notify_households(write, [household_id], key, kind, children, detail, now)
    return len(homes)
