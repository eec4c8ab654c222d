"""Reads the round of payments that a guardian is on."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.portal_gateway.bills.rules.rounds import KEPT
from services.portal_gateway.models import PaymentRound


def round_bills_of(read: Session, subject: str, moment: datetime) -> Sequence[str]:
    """Return the ids of the bills of a guardian's round, in their order; none without a round."""
    kept = (PaymentRound.subject == subject, PaymentRound.begun_at >= moment - KEPT)
    return read.scalar(select(PaymentRound.invoice_ids).where(*kept)) or []
