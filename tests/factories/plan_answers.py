"""Answers of billing about payment plans, to a régisseur."""

from datetime import timedelta
from typing import Any

from shared.contracts.billing import payment_plans as contracts
from shared.contracts.message import Method
from shared.dates.clock import today
from shared.runtime.ids import new_id

PLAN = new_id()


def plan(household_id: str, invoice_id: str, number: str, **more: Any) -> dict[str, Any]:
    """Return a plan of a bill in three parts, of which the first is paid."""
    days = [today() + timedelta(days=30 * nth) for nth in range(3)]
    return {
        "plan_id": PLAN,
        "state": "granted",
        "asked_parts": 3,
        "asked_on": today(),
        "decided_on": today(),
        "answer": "",
        "parts": [
            {"due_on": day, "cents": 41_117, "left_cents": 41_117 if nth else 0}
            for nth, day in enumerate(days)
        ],
        "bills": [{"invoice_id": invoice_id, "number": number, "owed_cents": 82_234}],
        "regie": "ens",
        "household_id": household_id,
        "payer": "Mme Canari Lefèvre",
        "owed_cents": 82_234,
        "part_cents": 41_117,
        "part_on": days[1],
        "on_hold": False,
        **more,
    }


def answers(household_id: str, invoice_id: str, number: str) -> dict[Method, Any]:
    """Return by method what billing answers."""
    return {
        contracts.plans: {"plans": [plan(household_id, invoice_id, number)], "next": ""},
        contracts.grant_plan: {"plan_id": PLAN},
        contracts.end_plan: {},
    }
