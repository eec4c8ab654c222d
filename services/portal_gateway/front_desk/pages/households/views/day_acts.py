"""Acts on the days of a household, at every service at once: each does all of its part or none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from services.portal_gateway.front_desk.pages.households.day_forms import DayForm, sent_form
from services.portal_gateway.front_desk.pages.households.household_agent_may_open import (
    require_household,
)
from services.portal_gateway.front_desk.pages.households.page import household_page
from services.portal_gateway.front_desk.pages.households.planned_days import Cell, names_by_id
from services.portal_gateway.front_desk.pages.households.service_parts import (
    SECONDS,
    providers_of_agent,
)
from shared.contracts.enrolment import front_desk
from shared.contracts.errors import NotEntitled, NotFound, Refusal
from shared.register.entitlement import FINDS_DOSSIERS
from shared.web.agents import current_agent as agent
from shared.web.session.request_rounds import round_request

blueprint = Blueprint("household_days", __name__)


@dataclass
class Outcomes:
    """
    Outcome of an order: sessions changed by provider, refused cells, and who is silent.

    `gone` are the providers where the agent, or one of these days, is there no more.
    """

    done: dict[str, int] = field(default_factory=dict)
    refused: dict[Cell, str] = field(default_factory=dict)
    silent: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    @property
    def is_done_everywhere(self) -> bool:
        """Say whether every provider did its part."""
        return not (self.refused or self.silent or self.gone)

    @property
    def http_status(self) -> int:
        """Return the status of the page that says so."""
        return 503 if self.silent and not (self.refused or self.gone) else 422


@blueprint.post("/dossiers/<uuid:household_id>/jours")
@agent.for_agents_who_may(*FINDS_DOSSIERS)
def do_act_on_ticked_sessions(household_id: UUID) -> ResponseReturnValue:
    """
    Do one act on the ticked sessions; what could not be done stays ticked, and says why.

    Who may act nowhere, or on none of these days, finds no page.
    """
    sent = sent_form()
    opened = require_household(household_id)
    known, own = names_by_id(opened.children), {each.code for each in providers_of_agent()}
    if any(cell.child_id not in known or cell.provider not in own for cell in sent.cells):
        abort(404)
    if sent.form.errors:
        return household_page(opened, sent.form), 422
    outcomes = _send_order_to_providers(sent, str(household_id))
    if outcomes.gone == sent.providers:
        abort(404)
    for provider, changed in outcomes.done.items():
        flash(f"{provider} {changed}", f"days_{sent.form.value('act')}")
    if outcomes.is_done_everywhere:
        here = url_for("dossiers.show", household_id=household_id, _anchor="confirmation")
        return redirect(here, 303)
    not_done = [str(cell) for cell in sent.cells if cell.provider not in outcomes.done]
    sent.form.values["cell"] = not_done
    page = household_page(
        opened,
        sent.form,
        refused=outcomes.refused,
        unsure=outcomes.silent,
        gone=outcomes.gone,
    )
    return page, outcomes.http_status


def _send_order_to_providers(sent: DayForm, household_id: str) -> Outcomes:
    """Ask every provider concerned, in one round."""
    principals = {each.code: each.principal for each in providers_of_agent()}
    answers = agent.ask_all(
        *(
            round_request(
                front_desk.change_household_days,
                sent.request_to_provider(code, household_id),
                to=principals[code],
                request_id=sent.request_id(code, household_id),
            )
            for code in sent.providers
        ),
        deadline=SECONDS,
    )
    return _outcomes_by_provider(dict(zip(sent.providers, answers, strict=True)))


def _outcomes_by_provider(
    answers: Mapping[str, front_desk.ChangeHouseholdDaysAnswer | Refusal],
) -> Outcomes:
    """Return what became of an order at each provider."""
    outcomes = Outcomes()
    for code, answer in answers.items():
        match answer:
            case NotEntitled() | NotFound():
                outcomes.gone.append(code)
            case front_desk.DaysRefused():
                for child_id, session_id, why in answer.detail["cells"]:
                    outcomes.refused[Cell(code, child_id, session_id)] = why
            case Refusal():
                outcomes.silent.append(code)
            case _:
                outcomes.done[code] = answer.changed
    return outcomes
