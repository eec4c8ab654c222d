"""
Outcome of the last order, shown once on the next page; the cookie has codes and ids, never a name.

A card arrives a moment after its provider's answer: until then the page shows the days as answered.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import flash

from services.portal_gateway.cards.rules.json_values import to_json
from services.portal_gateway.orders.commands.sending import OnItsWay, Outcome
from services.portal_gateway.schedule.rules import Day
from services.portal_gateway.session.provider_health import is_unavailable
from shared.contracts.enrolment import places
from shared.contracts.errors import Failed, Refusal
from shared.web.base.flashes import get_flashed_messages

KIND = "order"
_AFTER = {
    "booked": places.BOOKED,
    "cancelled": places.CANCELLED,
    "excused": places.EXCUSED,
    "late": places.CANCELLED,
}


def flash_outcome(outcome: Outcome, provider: str, **about: object) -> None:
    """Let the next page show the outcome of an order; `about` is its child and its day."""
    flash(outcome_message(outcome, provider) | {"about": about}, KIND)  # type: ignore[arg-type]


def flashed_messages() -> Sequence[Mapping[str, Any]]:
    """Return the messages about the last order."""
    return get_flashed_messages(category_filter=[KIND])


def outcome_message(outcome: Outcome, provider: str) -> dict[str, Any]:
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
    outcomes = outcome.outcomes if isinstance(outcome, places.BookingOutcomes) else []
    outcome_message = {
        "provider": provider,
        "state": "done",
        "outcomes": [to_json(row) for row in outcomes],
    }
    if isinstance(outcome, places.ApplicationStatus | places.ApplyAnswer):
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


def days_as_answered(days: Iterable[Day]) -> list[Day]:
    """Return the days with what the provider has just answered of them."""
    answered = {
        (message.get("about", {}).get("child"), outcome["session_id"]): _AFTER[outcome["outcome"]]
        for message in flashed_messages()
        for outcome in message.get("outcomes", ())
        if outcome["outcome"] in _AFTER
    }
    return [
        replace(day, state=answered[day.child_id, day.session_id], until=None)
        if (day.child_id, day.session_id) in answered
        else day
        for day in days
    ]
