"""Households of a guardian and its card, as the dossier last published them."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from services.portal_gateway.models import GuardianCard, Guardianship
from services.portal_gateway.models.sealed_value_bindings import guardian_card_binding
from services.portal_gateway.store import open_sealed
from shared.database.prebuilt_statements import execute
from shared.json_values import JsonObject

# Made once: it runs on every page.
_CARD = select(GuardianCard.__table__.c.content).where(
    GuardianCard.__table__.c.subject == bindparam("subject")
)

_GUARDIANS = (
    select(Guardianship.subject)
    .where(Guardianship.household_id == bindparam("household_id"))
    .order_by(Guardianship.subject)
)


def card_of_guardian(read: Session, subject: str) -> JsonObject | None:
    """Return the content of a guardian's card, None before a first one was received."""
    sealed = read.connection().scalar(_CARD, {"subject": subject})
    return open_sealed(guardian_card_binding(subject), sealed) if sealed else None


def households_of_guardian(read: Session, subject: str) -> Sequence[str]:
    """Return a guardian's households, none before its card came."""
    return list((card_of_guardian(read, subject) or {}).get("households", ()))


def guardians_of_household(read: Session, household_id: str) -> list[str]:
    """Return the guardians whose household it is."""
    return list(execute(read, _GUARDIANS, household_id=household_id).scalars())


def may_send_to_person(read: Session, subject: str) -> bool:
    """
    Say whether anything may leave to this person by itself: the one place that decides it.

    Who is guardian of no household any more is left in peace. (Identity posts nothing to an account
    that is closed.)
    """
    household = select(Guardianship.subject).where(Guardianship.subject == subject).limit(1)
    return read.scalar(household) is not None
