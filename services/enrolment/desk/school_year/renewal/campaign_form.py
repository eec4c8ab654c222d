"""The form of a campaign: from the row to the fields, and back with sentences."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from services.enrolment.desk.page_parts.parsing import (
    moment_as_day_and_hour,
    moment_in_paris,
    read_hour,
    read_number,
)
from services.enrolment.models import Activity, RenewalCampaign
from services.enrolment.school_year.renewal.queries.campaigns import Choice
from shared.dates.clock import PARIS
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

MOST_REMIND_DAYS = 30
LASTS = timedelta(days=21)
"""Default length of a campaign."""

_NEXT = "next-"


def make_new_campaign_form(choices: Sequence[Choice], now: datetime) -> Form:
    """Return the form of a campaign to come: every activity goes on into its copy."""
    first = now.astimezone(PARIS).date()
    values = {
        "opens_day": first.isoformat(),
        "opens_hour": "08:00",
        "closes_day": (first + LASTS).isoformat(),
        "closes_hour": "18:00",
        "keeps": "yes",
        "remind_days": "5",
    }
    into = {_NEXT + choice.activity.id: choice.copy.id for choice in choices if choice.copy}
    return Form(values | into)


def make_campaign_form(
    campaign: RenewalCampaign, routes: Sequence[tuple[Activity, Activity]]
) -> Form:
    """Return the form of a draft as it is."""
    opens, closes = (
        moment_as_day_and_hour(campaign.opens_at),
        moment_as_day_and_hour(campaign.closes_at),
    )
    values = {
        "opens_day": opens[0],
        "opens_hour": opens[1],
        "closes_day": closes[0],
        "closes_hour": closes[1],
        "keeps": "yes" if campaign.keeps else "",
        "remind_days": str(campaign.remind_days),
    }
    return Form(values | {_NEXT + former.id: after.id for former, after in routes})


def read_campaign_form(form: Form, now: datetime) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what the form says, and the routes; its mistakes are put into the form."""
    values: dict[str, Any] = {"keeps": form.value("keeps") == "yes"}
    for name in ("opens", "closes"):
        day, hour = read_day(form.value(f"{name}_day")), read_hour(form.value(f"{name}_hour"))
        values[f"{name}_at"] = moment_in_paris(day, hour) if day and hour else None
        if values[f"{name}_at"] is None:
            form.errors[f"{name}_day"] = _("Écrivez un jour et une heure.")
    opens, closes = values["opens_at"], values["closes_at"]
    if opens and closes and closes <= max(opens, now):
        form.errors["closes_day"] = _(
            "La date limite vient après l’ouverture, et après maintenant."
        )
    values["remind_days"] = read_number(form.value("remind_days"), MOST_REMIND_DAYS)
    if values["remind_days"] is None:
        form.errors["remind_days"] = _("Écrivez un nombre de jours, de 0 à 30.")
    routes = {
        name.removeprefix(_NEXT): value
        for name, value in form.values.items()
        if name.startswith(_NEXT) and value
    }
    if not routes:
        form.errors["routes"] = _("Choisissez au moins une activité qui continue.")
    return values, routes
