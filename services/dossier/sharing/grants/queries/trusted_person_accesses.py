"""Accesses to a child's week: as guardians read them, and as they are offered to a person."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from services.dossier.households.queries import protection
from services.dossier.households.queries.guardianships import carer_conditions
from services.dossier.households.queries.record_holds import held_file_condition
from services.dossier.models import (
    CarerAccess,
    Child,
    Guardian,
    Guardianship,
    HouseholdGuardian,
)
from services.dossier.sections.rules.projections import Content
from services.dossier.store import vault
from shared.contracts.dossier.families import trusted_person_accesses as contracts
from shared.contracts.dossier.families.trusted_person_accesses import ENDED, MOST_SHOWN, OFFERED


def accesses_shown(session: Session, child_id: str, reader: str, day: date) -> list[CarerAccess]:
    """
    Return a child's accesses that are not over, as a guardian may know of them, the latest first.

    Of a child of a protected home each home reads its own alone (rule R9).
    """
    open_ones = select(CarerAccess).where(
        CarerAccess.child_id == child_id, running_access_condition(day)
    )
    if protection.protected_homes_of(session, [child_id]).get(child_id):
        mine = select(HouseholdGuardian.household_id).where(HouseholdGuardian.guardian_id == reader)
        open_ones = open_ones.where(CarerAccess.home.in_(mine))
    latest = open_ones.order_by(CarerAccess.granted_at.desc(), CarerAccess.id)
    return list(session.scalars(latest.limit(MOST_SHOWN)))


def running_access_condition(day: date) -> ColumnElement[bool]:
    """Return the condition of an access that was neither ended nor outlived."""
    return (CarerAccess.state != ENDED) & (CarerAccess.valid_to >= day)


def accesses_with_names(
    session: Session, child_id: str, reader: str, day: date
) -> list[contracts.Access]:
    """Return a child's accesses that are not over, with the names that are sealed."""
    return [
        {
            "access_id": row.id,
            "name": str(content_of_access(row)["name"]),
            "state": row.state,
            "valid_from": row.valid_from,
            "valid_to": row.valid_to,
            "says_absent": row.says_absent,
            "by_me": row.granted_by == reader,
            "granted_at": row.granted_at,
        }
        for row in accesses_shown(session, child_id, reader, day)
    ]


def is_placement_shown(session: Session, child_id: str, day: date) -> bool:
    """
    Say whether its guardians read that the child is placed that day; with whom, they are not told.

    Of a child of a protected home nobody reads it: a placement is news of where it lives (rule R9).
    """
    placed = select(Guardianship.id).where(
        Guardianship.child_id == child_id, *carer_conditions(day)
    )
    protected = protection.protected_homes_of(session, [child_id]).get(child_id)
    return not protected and session.scalar(placed.limit(1)) is not None


def offered_accesses(session: Session, subject: str, day: date) -> list[contracts.OfferedAccess]:
    """Return what was offered to a person and waits for its answer."""
    rows: Sequence[tuple[CarerAccess, str, str]] = [
        (access, first_name, name)
        for access, first_name, name in session.execute(
            select(CarerAccess, Child.first_name, Guardian.name)
            .join(Child, Child.id == CarerAccess.child_id)
            .join(Guardian, Guardian.id == CarerAccess.granted_by)
            .where(
                CarerAccess.subject == subject,
                CarerAccess.state == OFFERED,
                CarerAccess.valid_to >= day,
                Child.first_name.is_not(None),
                ~held_file_condition(),
            )
            .order_by(CarerAccess.granted_at, CarerAccess.id)
            .limit(MOST_SHOWN)
        )
        if first_name
    ]
    return [
        {
            "access_id": access.id,
            "first_name": first_name,
            "granted_by": name,
            "valid_from": access.valid_from,
            "valid_to": access.valid_to,
            "says_absent": access.says_absent,
        }
        for access, first_name, name in rows
    ]


def sealed_place_of_access(access_id: str) -> str:
    """Return what the content of an access is bound to."""
    return f"carer_access.{access_id}"


def content_of_access(row: CarerAccess) -> Content:
    """Return the name of an access, and the address until it was found."""
    return dict(vault.open(row.child_id, sealed_place_of_access(row.id), row.content))
