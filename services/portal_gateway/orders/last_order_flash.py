"""Outcome of the last order, shown once on the next page: codes and ids, never a name."""

from collections.abc import Sequence

from flask import flash

from services.portal_gateway.cards.rules.json_values import to_json
from services.portal_gateway.orders.commands.sending import OnItsWay, Outcome
from services.portal_gateway.session.provider_health import is_unavailable
from shared.contracts.enrolment.places import family_acts
from shared.contracts.errors import Failed, Refusal
from shared.json_values import JsonMapping, JsonObject
from shared.web.base.flashes_kept_on_refresh import get_flashed_messages

KIND = "order"


def flash_outcome(outcome: Outcome, provider: str, **about: object) -> None:
    """Let the next page show the outcome of an order; `about` names what it was of."""
    flash(outcome_as_codes(outcome, provider) | {"about": about}, KIND)  # type: ignore[arg-type]


def flashed_messages() -> Sequence[JsonMapping]:
    """Return the messages about the last order."""
    return get_flashed_messages(category_filter=[KIND])


def outcome_as_codes(outcome: Outcome, provider: str) -> JsonObject:
    """Return an outcome as codes; raises Failed, which is for the error page."""
    if isinstance(outcome, OnItsWay):
        return {"provider": provider, "state": "on_its_way"}
    if isinstance(outcome, Refusal):
        if isinstance(outcome, Failed):
            raise outcome
        state = "lost" if is_unavailable(outcome) else "refused"
        return {
            "provider": provider,
            "state": state,
            "code": outcome.code,
            "detail": to_json(outcome.detail),
        }
    outcomes = outcome.outcomes if isinstance(outcome, family_acts.BookingOutcomes) else []
    outcome_message = {
        "provider": provider,
        "state": "done",
        "outcomes": [to_json(row) for row in outcomes],
    }
    if isinstance(outcome, family_acts.ApplicationStatus | family_acts.ApplyAnswer):
        outcome_message["application"] = outcome.state
    return outcome_message


def answered_application_state() -> str:
    """Return the state of an application that its provider has just answered; "" else."""
    return next(
        (
            flashed_message["application"]
            for flashed_message in flashed_messages()
            if "application" in flashed_message
        ),
        "",
    )
