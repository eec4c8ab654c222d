"""Quotients that the funds gave and no guardian has answered; whether the town may ask them."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.billing.models import FundRefusal, FundRequest, HouseholdGuardian
from services.billing.payers.rules.fund_request_limits import GIVEN_FOR, is_town_refused


def given_quotient(
    session: Session, household_id: str, guardian: str, at: datetime
) -> FundRequest | None:
    """Return what waits for the guardian who asked; nobody else of the household reads it."""
    return session.scalar(
        select(FundRequest).where(
            FundRequest.household_id == household_id,
            FundRequest.asked_by == guardian,
            FundRequest.cents.is_not(None),
            FundRequest.asked_at > at - GIVEN_FOR,
        )
    )


def is_token_refused(session: Session, token_digest: str, at: datetime) -> bool:
    """Say whether API Particulier refused this token a while ago, so that nobody is asked for."""
    refusal = session.get(FundRefusal, token_digest)
    return refusal is not None and is_town_refused(refusal.refused_at, refusal.status, at)


def name_of_guardian(session: Session, household_id: str, guardian: str) -> str:
    """Return the name under which the dossier knows a guardian of a household, "" for no such."""
    named = select(HouseholdGuardian.name).where(
        HouseholdGuardian.household_id == household_id, HouseholdGuardian.subject == guardian
    )
    return session.scalar(named) or ""
