"""Registrations of known families, as who asked sees them, and as the desk may."""

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from services.dossier.households.queries import protection
from services.dossier.households.queries.households_for_billing import guardians_by_household
from services.dossier.models import Registration
from services.dossier.registrations.queries.registration_by_reference import content_of_registration
from services.dossier.store import vault
from shared.contracts.dossier import registration_decisions
from shared.contracts.dossier import registrations as contracts
from shared.contracts.dossier.front_desk import ChildUnderWay
from shared.contracts.dossier.registrations import OPEN, REFUSED, SENT
from shared.contracts.errors import NotFound
from shared.dates.instant import Instant

MOST_MINE = 12


def my_child_registrations(session: Session, guardian_id: str) -> list[contracts.ChildRegistration]:
    """Return what a guardian asked to add and what waits or was refused, the latest first."""
    rows = session.scalars(
        select(Registration)
        .where(Registration.guardian_id == guardian_id, Registration.state.in_((SENT, REFUSED)))
        .order_by(Registration.sent_at.desc(), Registration.id)
        .limit(MOST_MINE)
    ).all()
    vault.prepare_keys(row.id for row in rows if row.content is not None)
    return [
        {
            "registration_id": row.id,
            "state": row.state,
            "sent_at": row.sent_at,
            "children": [
                f"{child['first_name']} {child['last_name']}".strip()
                for child in content_of_registration(row).get("children", {}).get("children", [])
            ],
            "reason": row.reason,
        }
        for row in rows
        if row.sent_at is not None
    ]


def known_household_of_registration(
    session: Session, registration: Registration, when: Instant
) -> registration_decisions.HomeOfRegistration | None:
    """Return the household of a known family with who answers there; None for any other."""
    household_id = registration.household_id
    if household_id is None:
        return None
    guardians = guardians_by_household(session, [household_id], when.day)[household_id]
    return {
        "household_id": household_id,
        "guardians": [{"id": row["subject"], "name": row["name"]} for row in guardians],
    }


def unprotected_home_condition() -> ColumnElement[bool]:
    """Return the condition of a registration of no protected home (rule R9)."""
    home = Registration.household_id
    return or_(home.is_(None), home.not_in(protection.select_protected_homes()))


def undecided_child_registrations(session: Session, household_id: str) -> list[ChildUnderWay]:
    """Return the undecided requests of a household to add a child, the latest first."""
    rows = session.scalars(
        select(Registration)
        .where(Registration.household_id == household_id, Registration.state.in_((OPEN, SENT)))
        .order_by(Registration.opened_at.desc(), Registration.id)
        .limit(MOST_MINE)
    )
    return [
        ChildUnderWay(draft_id=row.id, sent=row.state == SENT, since=row.sent_at or row.opened_at)
        for row in rows
    ]


def require_shown_registration(session: Session, registration_id: str, *, protects: bool) -> None:
    """Raise NotFound for the registration of a protected home, to who does not protect."""
    shown = select(Registration.id).where(
        Registration.id == registration_id, unprotected_home_condition()
    )
    if not protects and session.scalar(shown) is None:
        raise NotFound(draft_id=registration_id)
