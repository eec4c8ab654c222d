"""Completeness of a child's dossier for each activity that the town file lists."""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.dossier.households.queries.addresses import (
    address_said_at,
    addresses_by_household,
)
from services.dossier.households.queries.contacts_withheld_from_home import wholly_withheld_sections
from services.dossier.models import (
    ChildHousehold,
    Guardian,
    Guardianship,
    Household,
    HouseholdGuardian,
    PaperCheck,
    Section,
)
from services.dossier.papers.queries.papers import papers_guardian_may_know
from shared.contracts.dossier.guardians import ActivityCompleteness
from shared.contracts.sections.papers import kinds_with_usable_paper
from shared.database.tables.validity import not_ended_before_condition
from shared.dates.clock import PARIS
from shared.register import RUNNING, Register
from shared.register.completeness import (
    ADDRESS,
    CHILD_IDENTITY,
    COMMUNE,
    DOMICILE,
    GUARDIAN_IDENTITY,
    IDENTITY_CHECK,
    LINK_CHECK,
    judge_completeness,
    needs_of_activity,
)


def missing_by_activity(
    session: Session, register: Register, child_id: str, guardian_id: str, day: date
) -> list[ActivityCompleteness]:
    """Return by activity what is missing for it to be complete, and what comes later, by when."""
    snapshot = register.now
    present = _items_present(session, child_id, guardian_id, day)
    activities: list[ActivityCompleteness] = []
    for provider in snapshot.providers:
        for activity in provider.activities if provider.state == RUNNING else ():
            needs = needs_of_activity(activity, snapshot.completeness)
            if needs is not None:
                judged = judge_completeness(needs, present, day)
                activities.append(
                    {
                        "provider": provider.code,
                        "activity": activity.code,
                        "label": activity.label,
                        "missing": list(judged.missing),
                        "later": list(judged.later),
                        "by": judged.by,
                    }
                )
    return activities


def _items_present(session: Session, child_id: str, guardian_id: str, day: date) -> set[str]:
    present = set(
        session.scalars(
            select(Section.section).where(
                Section.child_id == child_id, Section.content.is_not(None)
            )
        )
    )
    present -= set(wholly_withheld_sections(session, child_id, guardian_id))
    present |= kinds_with_usable_paper(
        papers_guardian_may_know(session, child_id, guardian_id), day
    )
    guardian = session.get(Guardian, guardian_id)
    if guardian is not None and guardian.identity_checked_on:
        present |= {GUARDIAN_IDENTITY, IDENTITY_CHECK}
    present |= _items_from_link_checks(session, child_id, guardian_id, day)
    return present | _items_from_homes(session, child_id, guardian_id, day)


def _items_from_link_checks(
    session: Session, child_id: str, guardian_id: str, day: date
) -> set[str]:
    """Return items proven by the paper of a guardianship, which also shows who the child is."""
    seen = set(
        session.scalars(
            select(Guardianship.guardian_id).where(
                Guardianship.child_id == child_id,
                Guardianship.link_checked_on.is_not(None),
                not_ended_before_condition(Guardianship.valid_to, day),
            )
        )
    )
    present = {CHILD_IDENTITY} if seen else set()
    return present | ({LINK_CHECK} if guardian_id in seen else set())


def _items_from_homes(session: Session, child_id: str, guardian_id: str, day: date) -> set[str]:
    """Return items that the guardian's own household proves; of another nothing shows (rule R9)."""
    homes = session.scalars(
        select(Household)
        .join(HouseholdGuardian, HouseholdGuardian.household_id == Household.id)
        .join(ChildHousehold, ChildHousehold.household_id == Household.id)
        .where(HouseholdGuardian.guardian_id == guardian_id, ChildHousehold.child_id == child_id)
    ).all()
    proven = any(_is_domicile_proven(session, home, day) for home in homes)
    present = {DOMICILE} if proven else set()
    addresses = addresses_by_household(session, [home.id for home in homes]).values()
    if any(address["valid_from"] <= day for rows in addresses for address in rows):
        present |= {ADDRESS, COMMUNE}
    return present


def _is_domicile_proven(session: Session, home: Household, day: date) -> bool:
    """
    Say whether a proof was seen since the home said where it lives on that day.

    Another software gave the day alone on which it saw one: what was said that day is proven.
    """
    checked_on, said_at = home.domicile_checked_on, address_said_at(session, home.id, day)
    if checked_on is None or said_at is None:
        return checked_on is not None
    checks = select(func.max(PaperCheck.seen_at)).where(
        PaperCheck.kind == DOMICILE, PaperCheck.subject_id == home.id
    )
    seen_at = session.scalar(checks)
    if seen_at is not None:
        return bool(seen_at >= said_at)
    return checked_on >= said_at.astimezone(PARIS).date()
