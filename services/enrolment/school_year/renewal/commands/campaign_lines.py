"""
A line for each place that may go on, with a place of next year kept as far as there is room.

Each place is asked once. Those who get a place while a campaign runs are asked as well.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.enrolment.families.commands.card_marking import mark_cards_of_children
from services.enrolment.models import Renewal, RenewalCampaign
from services.enrolment.models.school_year.renewal import OPEN, UNANSWERED
from services.enrolment.places.admission.queries.live_applications import live_application
from services.enrolment.places.giving.commands.group_admission import (
    GroupAdmission,
    lock_group_admissions,
)
from services.enrolment.school_year.renewal.commands import notices
from services.enrolment.school_year.renewal.commands.campaigns import lock_campaign
from services.enrolment.school_year.renewal.commands.next_year_requests import (
    add_request_for_next_year,
)
from services.enrolment.school_year.renewal.queries.next_year_request_content import (
    sole_household_of_place,
)
from services.enrolment.school_year.renewal.queries.places_to_ask import Holder, places_to_ask
from shared.contracts.enrolment.school_year.renewals import CONFIRMED
from shared.database import Write
from shared.dates.clock import PARIS
from shared.runtime.ids import new_id

ASKED_AT_ONCE = 100
"""Most places for which a line is made in one transaction."""


def add_lines_for_unasked_places(write: Write, campaign_id: str, now: datetime) -> int:
    """Ask for some of the places that were not asked yet; return for how many."""
    campaign = lock_campaign(write, campaign_id)
    if campaign.state != OPEN or not campaign.opens_at <= now < campaign.closes_at:
        return 0
    asked = places_to_ask(write, campaign_id, now.astimezone(PARIS).date(), ASKED_AT_ONCE)
    with lock_group_admissions(write, _proposed_groups(asked), now) as admissions:
        lines = [_add_line(write, campaign, holder, admissions) for holder in asked]
    write.flush()
    mark_cards_of_children(write, {line.child_id for line in lines}, now)
    notices.notify_of_opened_campaign(write, campaign, lines, now)
    return len(lines)


def _proposed_groups(asked: Sequence[Holder]) -> set[str]:
    return {holder.proposed.group_id for holder in asked if holder.proposed.group_id is not None}


def _add_line(
    write: Write,
    campaign: RenewalCampaign,
    holder: Holder,
    admissions: Mapping[str, GroupAdmission],
) -> Renewal:
    place, proposed = holder.place, holder.proposed
    line = Renewal(
        id=new_id(),
        campaign_id=campaign.id,
        place_id=place.id,
        child_id=place.child_id,
        from_group_id=place.group_id,
        group_id=proposed.group_id,
        why=proposed.why,
        household_id=sole_household_of_place(write, place),
        answer=UNANSWERED,
    )
    write.add(line)
    write.flush()
    if proposed.group_id is not None:
        _keep_place(admissions[proposed.group_id], campaign, line)
    return line


def _keep_place(admission: GroupAdmission, campaign: RenewalCampaign, line: Renewal) -> None:
    """Keep a place while there is one; who has asked for that group already is not asked again."""
    admission.changed_children.add(line.child_id)
    own = live_application(admission.write, line.child_id, admission.group.id)
    if own is not None:
        line.application_id, line.answer = own.id, CONFIRMED
        line.answered_at = own.submitted_at
    elif campaign.keeps and admission.room.has_places_left:
        kept = add_request_for_next_year(admission, line, campaign.opened_by or line.child_id)
        admission.keep_place(kept, campaign.closes_at)
