"""Households reached by e-mail, and those reached on paper."""

from sqlalchemy import ColumnElement, SQLColumnExpression, exists, select
from sqlalchemy.orm import Session

from services.billing.models import EmailReach, HouseholdGuardian, PaperChoice


def wants_paper(session: Session, provider: str, household_id: str) -> bool:
    """Say whether a household asked this provider for paper."""
    return session.get(PaperChoice, (provider, household_id)) is not None


def is_reached_by_email(session: Session, household_id: str) -> bool:
    """Say whether e-mails reach an adult of a household."""
    reached = select(EmailReach.subject).join(*_GUARDIAN)
    home = HouseholdGuardian.household_id == household_id
    return session.scalar(reached.where(home, _REACHED)) is not None


def printed_on_paper_condition(
    provider: str, household_id: SQLColumnExpression[str]
) -> ColumnElement[bool]:
    """Return the condition of a household whose letters of a provider are printed."""
    reached = exists().where(
        HouseholdGuardian.household_id == household_id,
        EmailReach.subject == HouseholdGuardian.subject,
        _REACHED,
    )
    asked = exists().where(
        PaperChoice.provider == provider, PaperChoice.household_id == household_id
    )
    return ~reached | asked


_GUARDIAN = (HouseholdGuardian, HouseholdGuardian.subject == EmailReach.subject)
_REACHED = EmailReach.by_email.is_(True)
