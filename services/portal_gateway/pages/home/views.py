"""The first page: where the children are, what is to do, what goes on; never health."""

from datetime import datetime, timedelta

from flask import Blueprint, render_template

from services.portal_gateway.enrolment.rules.renewals import renewal_progress
from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.pages.enrolment.views.renewal import current_renewal_lines
from services.portal_gateway.pages.home.agenda import today_and_next_day
from services.portal_gateway.pages.home.tasks import tasks_of_family
from services.portal_gateway.pages.home.unread_news import lines_of_unread_news
from services.portal_gateway.pages.home.waiting_for_others import lines_under_way
from services.portal_gateway.pages.public.town.views.landing import show_town_page_to_visitors
from services.portal_gateway.session import current_user
from shared.dates.clock import PARIS, now, today
from shared.dates.periods import monday_of

blueprint = Blueprint("home", __name__)

EVENING = 18


@blueprint.get("/")
@show_town_page_to_visitors
@current_user.signed_in
def show() -> str:
    """Show what happens, then what is to do: from one local read, without a request."""
    overview, moment, day = current_overview(), now(), today()
    going_on = renewal_progress(current_renewal_lines(), moment)
    return render_template(
        "portal/home.html",
        family=overview.family,
        evening=is_evening(moment),
        agenda=today_and_next_day(overview, day, moment),
        to_do=tasks_of_family(overview, going_on, moment),
        under_way=lines_under_way(overview, going_on),
        changes=lines_of_unread_news(overview, moment),
        next_week=(monday_of(day) + timedelta(weeks=1)).isoformat(),
        today=day,
        moment=moment,
    )


def is_evening(moment: datetime) -> bool:
    """Say whether one says « bonsoir »: from six in the evening until four in the morning."""
    return not 4 <= moment.astimezone(PARIS).hour < EVENING
