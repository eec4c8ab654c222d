"""
Requests of pages to billing; a missing answer marks billing as unavailable, so that pages date
bills.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

from flask import g

from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.session import current_user, provider_health
from shared.bus.client import DEADLINE_SECONDS
from shared.contracts.billing import bills
from shared.contracts.errors import Refusal
from shared.contracts.message import Method
from shared.dates.clock import now
from shared.web.session.request_rounds import Asked, Round, round_request

BILLING = bills.OWNER

Outcome = object
"""An answer or a Refusal."""
Q = TypeVar("Q")
A = TypeVar("A")


def ask(
    method: Method[Q, A],
    request: Q,
    *,
    deadline: float = DEADLINE_SECONDS,
    request_id: str | None = None,
) -> A:
    """Ask billing in the name of the person, with a `request_id` if given; raises a Refusal."""
    [outcome] = ask_all(round_request(method, request, request_id=request_id), deadline=deadline)
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


def _ask_all(*requests: Asked[Any], deadline: float = DEADLINE_SECONDS) -> tuple[Any, ...]:
    outcomes = current_user.ask_all(*requests, deadline=deadline)
    note_billing_availability(
        (each.method.owner, outcome) for each, outcome in zip(requests, outcomes, strict=True)
    )
    return outcomes


ask_all: Round = _ask_all
"""Asks in one parallel round, of others too where a page needs both; refusals stand in place."""


def note_billing_availability(outcomes_by_owner: Iterable[tuple[str, Outcome]]) -> None:
    """Note whether billing answered, of (owner, outcome); other services are ignored."""
    outcomes = [(BILLING, outcome) for owner, outcome in outcomes_by_owner if owner == BILLING]
    if not outcomes:
        return
    provider_health.note_which_providers_answered(outcomes, now())
    g.billing_unavailable = any(provider_health.is_unavailable(outcome) for _, outcome in outcomes)


def is_unavailable() -> bool:
    """Say whether billing is known to be unavailable, from this page or a recent one."""
    return bool(g.get("billing_unavailable", BILLING in current_overview().unavailable))
