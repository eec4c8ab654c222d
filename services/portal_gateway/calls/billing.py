"""
Requests of pages to billing; a missing answer marks billing as unavailable, so that pages date
bills.
"""

from typing import Any, TypeVar

from flask import g

from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.session import current_user, provider_health
from services.portal_gateway.session.current_user import Addressed, Question
from shared.bus.client import DEADLINE_SECONDS
from shared.contracts.billing import bills
from shared.contracts.errors import Refusal
from shared.contracts.message import Method
from shared.dates.clock import now

BILLING = bills.OWNER

Outcome = Any
"""An answer or a Refusal."""
Q = TypeVar("Q")
A = TypeVar("A")


def ask(
    method: Method[Q, A], request: Q, *, deadline: float = DEADLINE_SECONDS, **options: Any
) -> A:
    """Ask billing in the name of the person, with a `request_id` if given; raises a Refusal."""
    [outcome] = ask_all((method, request, options), deadline=deadline)
    if isinstance(outcome, Refusal):
        raise outcome
    answer: A = outcome
    return answer


def ask_all(*questions: Question | Addressed, deadline: float = DEADLINE_SECONDS) -> list[Any]:
    """Ask in one parallel round, of others too where a page needs both; refusals stand in place."""
    outcomes = current_user.ask_all(*questions, deadline=deadline)
    note_availability(
        (method, outcome) for (method, *_), outcome in zip(questions, outcomes, strict=True)
    )
    return outcomes


def note_availability(questions: Any) -> None:
    """Note whether billing answered, of (method, outcome); other services are ignored."""
    outcomes = [(BILLING, outcome) for method, outcome in questions if method.owner == BILLING]
    if not outcomes:
        return
    provider_health.note(outcomes, now())
    g.billing_unavailable = any(provider_health.is_unavailable(outcome) for _, outcome in outcomes)


def is_unavailable() -> bool:
    """Say whether billing is known to be unavailable, from this page or a recent one."""
    return bool(g.get("billing_unavailable", BILLING in current_overview().unavailable))
