"""Outcome of an order that was stored while its provider was unavailable."""

from datetime import datetime

from sqlalchemy import update

from services.portal_gateway.cards.live_kinds import NEWS, note_change
from services.portal_gateway.cards.rules.json_values import to_json
from services.portal_gateway.models import FamilyOrder
from services.portal_gateway.models.sealed_value_bindings import order_binding
from services.portal_gateway.store import seal_for_row
from shared.contracts.enrolment.places import family_acts
from shared.database import Write


def note_order_outcome(
    write: Write, provider: str, event: family_acts.OrderOutcome, moment: datetime
) -> None:
    """Store the outcome of an order, once; only the provider to which it went can publish it."""
    outcome = {"code": event.code, "answer": event.answer}
    waiting = (
        FamilyOrder.act_id == event.act_id,
        FamilyOrder.provider == provider,
        FamilyOrder.outcome_at.is_(None),
    )
    sealed = seal_for_row(order_binding(event.act_id, "outcome"), to_json(outcome))
    change = update(FamilyOrder).where(*waiting).values(outcome_at=moment, outcome=sealed)
    subject = write.scalar(change.returning(FamilyOrder.subject))
    if subject is not None:
        note_change(write, NEWS, subject)
