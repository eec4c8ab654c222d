"""The page of a household: what the dossier says of it, and what each service shows this agent."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby

from flask import render_template

from services.portal_gateway.front_desk import protecting_agents
from services.portal_gateway.front_desk.pages.households import found_people
from services.portal_gateway.front_desk.pages.households.day_forms import empty_form
from services.portal_gateway.front_desk.pages.households.labels import APPLICATIONS
from services.portal_gateway.front_desk.pages.households.planned_days import (
    Cell,
    Line,
    days_of_offices,
    names_by_id,
)
from services.portal_gateway.front_desk.pages.households.service_parts import (
    ask_offices_about_household,
    first_day_shown,
)
from shared.contracts.dossier import front_desk
from shared.dates.clock import today
from shared.register.entitlement import ACCOMPANY, CHECK_DOSSIERS, CORRECT, JOIN, PROTECT
from shared.web.agents import bill_labels, planning_labels
from shared.web.agents import current_agent as agent
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form
from shared.web.language.provider_badges import badge_by_code
from shared.web.prices.price_labels import euros

RIGHTS = {
    "accompanies": ACCOMPANY,
    "protects": PROTECT,
    "corrects": CORRECT,
    "joins": JOIN,
    "checks": CHECK_DOSSIERS,
}


def household_page(
    opened: front_desk.OpenDossierAnswer,
    form: Form | None = None,
    *,
    refused: Mapping[Cell, str] | None = None,
    unsure: Sequence[str] = (),
    gone: Sequence[str] = (),
) -> str:
    """
    Return the page; `refused` has why a cell was not done, `unsure` who did not answer to an act.

    `gone` are the services where these days are not, or no longer, this agent's to change.
    """
    register = shell_here().register
    permissions = agent.require_agent().sight.permissions
    offices, names = ask_offices_about_household(opened.household_id), names_by_id(opened.children)
    days = days_of_offices(offices.providers, names)
    return render_template(
        "front_desk/household.html",
        household=opened,
        commune=found_people.commune_name(register, opened.insee),
        moves_to=found_people.commune_name(register, opened.moves["insee"]) if opened.moves else "",
        children=found_people.children_with_missing_sections(register, opened.children),
        names=protecting_agents.agent_names(),
        offices=offices,
        numbers=offices.phone_numbers(names),
        schooling=offices.school_and_class_by_child,
        called=names,
        past={day: lines for day, lines in days.items() if day < today()},
        weeks=_days_by_week(days),
        this_day=today(),
        acts_anywhere=any(line.acts for lines in days.values() for line in lines),
        form=form or empty_form(),
        refused=_lines_refused_by_reason(refused or {}, days),
        unsure=[badge_by_code(register, code) for code in unsure],
        gone=[badge_by_code(register, code) for code in gone],
        mark_of_code=lambda code: badge_by_code(register, code),
        labels=planning_labels,
        bill_states=bill_labels.BILL_STATES,
        application_states=APPLICATIONS,
        euros=euros,
        **{name: right in permissions for name, right in RIGHTS.items()},
    )


def _days_by_week(days: Mapping[date, Sequence[Line]]) -> list[Mapping[date, Sequence[Line]]]:
    """Return the days to come of this week, and those of the next one, where there are any."""
    next_monday = first_day_shown() + timedelta(days=7)
    this_week = {day: lines for day, lines in days.items() if today() <= day < next_monday}
    next_week = {day: lines for day, lines in days.items() if day >= next_monday}
    return [week for week in (this_week, next_week) if week]


def _lines_refused_by_reason(
    refused: Mapping[Cell, str], days: Mapping[date, Sequence[Line]]
) -> list[tuple[str, list[Line]]]:
    """Return by the code of the reason the sessions that could not be done."""
    lines = {line.cell: line for of_day in days.values() for line in of_day}
    rows = sorted((why, str(cell)) for cell, why in refused.items() if cell in lines)
    by_name = {str(cell): line for cell, line in lines.items()}
    return [
        (why, [by_name[name] for _why, name in found])
        for why, found in groupby(rows, key=lambda row: row[0])
    ]
