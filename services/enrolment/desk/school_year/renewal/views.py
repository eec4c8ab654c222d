"""
Renewal campaigns: the administrator opens them, the director counts answers and sends reminders.
"""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.desk.access import agent
from services.enrolment.desk.page_parts.bar_charts import Plot
from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.desk.school_year.renewal import campaign_form as renewal_form
from services.enrolment.desk.school_year.renewal import labels
from services.enrolment.desk.school_year.renewal.answers_chart import plot_of_days
from services.enrolment.models import RenewalCampaign
from services.enrolment.models.offer import DRAFT as DRAFT_OFFER
from services.enrolment.models.school_year.renewal import DRAFT, OPEN
from services.enrolment.offer.rules.calendar import next_school_year, school_year_of
from services.enrolment.school_year.renewal.commands import campaign_lines, campaigns, deadlines
from services.enrolment.school_year.renewal.commands.campaigns import AlreadyOver, NoRoute
from services.enrolment.school_year.renewal.queries import campaigns as known_campaigns
from services.enrolment.school_year.renewal.queries import statistics
from services.enrolment.store import store
from shared.database import Read
from shared.dates.clock import PARIS, now, today
from shared.web.forms.form_data import Form

blueprint = desk_blueprint("renewals", "/rentree", labels=labels)

PERMISSION = "applications"


@blueprint.get("")
@agent.requires_administrator_or_role(PERMISSION)
def show() -> str:
    """Show the campaigns."""
    with store.read() as read:
        campaigns = known_campaigns.all_campaigns(read)
        answers = {
            campaign.id: statistics.counts_of_campaign(read, campaign)
            for campaign in campaigns
            if campaign.state != DRAFT
        }
    return render_template(
        "desk/renewals/list.html",
        campaigns=campaigns,
        counts=answers,
        administers=agent.require_agent().sight.administers,
    )


@blueprint.get("/nouvelle")
@agent.for_administrators
def new() -> str:
    """Show the form of a new campaign."""
    year = school_year_of(today())
    with store.read() as read:
        form = renewal_form.make_new_campaign_form(known_campaigns.route_choices(read, year), now())
    return _form_page(form, None)


@blueprint.post("/nouvelle")
@agent.for_administrators
def add() -> ResponseReturnValue:
    """Write a campaign as a draft."""
    return _save_campaign(None)


@blueprint.get("/<uuid:campaign_id>")
@agent.requires_administrator_or_role(PERMISSION)
def show_one(campaign_id: UUID) -> str:
    """Show a campaign: before it is opened who would go where, then the counts."""
    sight = agent.require_agent().sight
    with store.read() as read:
        campaign = known_campaigns.require_campaign(read, str(campaign_id))
        draft = campaign.state == DRAFT
        counts = statistics.Counts() if draft else statistics.counts_of_campaign(read, campaign)
        routes = known_campaigns.routes_of_campaign(read, campaign.id)
        return render_template(
            "desk/renewals/campaign.html",
            campaign=campaign,
            routes=routes,
            unopened=[
                after for _before, after in routes if not draft and after.state == DRAFT_OFFER
            ],
            movements=statistics.movements_between_groups(read, campaign.id, today())
            if draft
            else [],
            counts=counts,
            shown=labels.shown_states(campaign, counts),
            plot=_plot_of_answers(campaign, counts),
            unanswered=_unanswered_households(read, campaign),
            may_remind=campaign.state == OPEN and now() < campaign.closes_at,
            administers=sight.administers,
        )


@blueprint.get("/<uuid:campaign_id>/modifier")
@agent.for_administrators
def edit(campaign_id: UUID) -> str:
    """Show the form of a draft."""
    with store.read() as read:
        campaign = _require_draft(read, campaign_id)
        form = renewal_form.make_campaign_form(
            campaign, known_campaigns.routes_of_campaign(read, campaign.id)
        )
    return _form_page(form, campaign)


@blueprint.post("/<uuid:campaign_id>/modifier")
@agent.for_administrators
def change(campaign_id: UUID) -> ResponseReturnValue:
    """Change a draft."""
    with store.read() as read:
        campaign = _require_draft(read, campaign_id)
    return _save_campaign(campaign)


@blueprint.post("/<uuid:campaign_id>/ouvrir")
@agent.for_administrators
def open_campaign(campaign_id: UUID) -> ResponseReturnValue:
    """Open a campaign: families are asked, the first of them at once."""
    moment = now()
    try:
        with store.write() as write:
            subject = agent.require_agent().session.subject
            campaigns.open_drafted_campaign(write, str(campaign_id), subject, moment)
        with store.write() as write:
            campaign_lines.add_lines_for_unasked_places(write, str(campaign_id), moment)
        flash("opened")
    except AlreadyOver:
        flash("over")
    except NoRoute:
        flash("no_route")
    return redirect(url_for("renewals.show_one", campaign_id=campaign_id), 303)


@blueprint.post("/<uuid:campaign_id>/supprimer")
@agent.for_administrators
def delete_draft(campaign_id: UUID) -> ResponseReturnValue:
    """Delete a draft."""
    with store.write() as write:
        campaigns.delete_draft(write, str(campaign_id))
    return redirect(url_for("renewals.show"), 303)


@blueprint.post("/<uuid:campaign_id>/rappeler")
@agent.requires_administrator_or_role(PERMISSION)
def remind(campaign_id: UUID) -> ResponseReturnValue:
    """Remind the households that have not answered, each once."""
    with store.write() as write:
        deadlines.remind_on_order(write, str(campaign_id), now())
    flash("reminded")
    return redirect(url_for("renewals.show_one", campaign_id=campaign_id), 303)


def _require_draft(read: Read, campaign_id: UUID) -> RenewalCampaign:
    campaign = known_campaigns.require_campaign(read, str(campaign_id))
    return campaign if campaign.state == DRAFT else abort(404)


def _unanswered_households(
    read: Read, campaign: RenewalCampaign
) -> list[statistics.ToRemind] | None:
    """Return who has not answered; names are for who handles requests, not for every manager."""
    if campaign.state != OPEN or PERMISSION not in agent.require_agent().sight.permissions:
        return None
    return statistics.children_to_remind(read, campaign)


def _plot_of_answers(campaign: RenewalCampaign, counts: statistics.Counts) -> Plot | None:
    first = campaign.opens_at.astimezone(PARIS).date()
    last = campaign.closes_at.astimezone(PARIS).date()
    days = {day.day: (day.confirmed, day.declined) for day in counts.days}
    return plot_of_days(days, min([first, *days]), max([last, *days]))


def _save_campaign(campaign: RenewalCampaign | None) -> ResponseReturnValue:
    sent = request.form.to_dict()
    form = Form({name: value.strip() for name, value in sent.items() if name != "csrf_token"})
    values, routes = renewal_form.read_campaign_form(form, now())
    if form.errors:
        return _form_page(form, campaign), 422
    year = campaign.from_year if campaign else school_year_of(today())
    with store.write() as write:
        key = campaign.id if campaign else None
        saved = campaigns.save_draft(write, key, {**values, "from_year": year}, routes)
    flash("saved")
    return redirect(url_for("renewals.show_one", campaign_id=saved.id), 303)


def _form_page(form: Form, campaign: RenewalCampaign | None) -> str:
    year = campaign.from_year if campaign else school_year_of(today())
    form.labels = {
        "opens_day": _("Ouverture"),
        "closes_day": _("Date limite"),
        "remind_days": _("Rappel"),
        "routes": _("Activités"),
    }
    with store.read() as read:
        choices = known_campaigns.route_choices(read, year, campaign.id if campaign else None)
        return render_template(
            "desk/renewals/form.html",
            form=form,
            campaign=campaign,
            choices=choices,
            year=year,
            following=next_school_year(year),
            copied=bool(known_campaigns.activities_offered_next_year(read, year)),
        )
