"""Lines of a campaign without an answer."""

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import Application, Renewal, RenewalCampaign
from services.enrolment.models.school_year.renewal import CLOSED, UNANSWERED
from services.enrolment.school_year.renewal.rules.states import state_of_renewal_line
from shared.contracts.enrolment.school_year.renewals import ASKED


def unanswered_lines(read: Database, campaign: RenewalCampaign) -> list[Renewal]:
    """Return the lines that wait for an answer."""
    rows = read.execute(
        select(Renewal, Application.state)
        .outerjoin(Application, Application.id == Renewal.application_id)
        .where(Renewal.campaign_id == campaign.id, Renewal.answer == UNANSWERED)
        .order_by(Renewal.id)
    )
    closed = campaign.state == CLOSED
    return [
        line
        for line, request in rows
        if state_of_renewal_line(
            line.answer, request, proposed=line.group_id is not None, closed=closed
        )
        == ASKED
    ]
