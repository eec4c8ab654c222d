"""Sent registrations for the front desk, with the known children they could be about."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.dossier.households.queries.guardianships import (
    children_born_near,
    children_of_home,
)
from services.dossier.models import (
    Child,
    ChildHousehold,
    Guardian,
    Guardianship,
    HouseholdGuardian,
    Registration,
    RegistrationPaper,
)
from services.dossier.registrations.queries import proof_of_email_addresses
from services.dossier.registrations.queries.child_of_known_family import (
    known_household_of_registration,
    unprotected_home_condition,
)
from services.dossier.registrations.queries.papers import papers_of_registration
from services.dossier.registrations.queries.registration_by_reference import content_of_registration
from services.dossier.registrations.rules.incoming_sections import named_children_by_place
from services.dossier.store import vault
from shared.contracts.dossier import registration_decisions as contracts
from shared.contracts.dossier.registrations import OPEN, SENT
from shared.contracts.errors import NotFound
from shared.dates.instant import Instant
from shared.person.secret_codes import group_code
from shared.text.child_likeness import Named, ids_of_same_first_name, likely_children

MOST_LISTED = 200
SAME_HOME = 90
"""Likeness, of 100, of a child of one home and one first name, whatever its birth date."""


def list_waiting_registrations(
    session: Session, *, protects: bool
) -> list[contracts.WaitingRegistration]:
    """Return what waits for the desk, the oldest first; of protected homes to who protects."""
    shown = () if protects else (unprotected_home_condition(),)
    rows = session.scalars(
        select(Registration)
        .where(Registration.state == SENT, *shown)
        .order_by(Registration.sent_at, Registration.id)
        .limit(MOST_LISTED)
    ).all()
    vault.prepare_keys(row.id for row in rows)
    counted = _count_papers(session, [row.id for row in rows])
    return [_listed_registration(row, counted.get(row.id, 0)) for row in rows]


def sent_registration(
    session: Session, registration_id: str, *, lock: bool = False
) -> Registration:
    """Return a registration that was sent; one that is still being written does not exist here."""
    asked = select(Registration).where(
        Registration.id == registration_id, Registration.state != OPEN
    )
    if lock:
        asked = asked.with_for_update()
    registration = session.scalar(asked)
    if registration is None:
        raise NotFound(draft_id=registration_id)
    return registration


def sent_registration_for_desk(
    session: Session, registration_id: str, when: Instant
) -> contracts.LookAtRegistrationAnswer:
    """Return a sent registration with its papers, and the known children whom its own could be."""
    registration = sent_registration(session, registration_id)
    content = content_of_registration(registration)
    return contracts.LookAtRegistrationAnswer(
        reference=group_code(registration.reference),
        state=registration.state,
        version=registration.version,
        way=registration.way,
        sent_at=_sending_time(registration),
        content=content,
        email=proof_of_email_addresses.proof_state_of_email(session, registration),
        papers=papers_of_registration(session, registration.id),
        alike=_likely_children(session, named_children_by_place(content), registration, when.day),
        household=known_household_of_registration(session, registration, when),
    )


def _likely_children(
    session: Session, named: Sequence[Named | None], registration: Registration, day: date
) -> list[contracts.LikelyChild]:
    home = registration.household_id
    at_home = children_of_home(session, home) if home else []
    rows: list[contracts.LikelyChild] = []
    for place, child in enumerate(named):
        if child is None:
            continue
        together = [each for at, each in enumerate(named) if each is not None and at != place]
        known = children_born_near(session, child.birth_date)
        likely = dict(likely_children(child, together, known))
        for child_id in ids_of_same_first_name(child, at_home):
            likely.setdefault(child_id, SAME_HOME)  # both parents asked, one with a wrong date
        rows += [
            {"place": place, "score": score, **known_child(session, child_id, day)}
            for child_id, score in likely.items()
        ]
    return rows


def known_child(session: Session, child_id: str, day: date) -> contracts.KnownChild:
    """Return a known child with who answers for it and where; no address, commune or school."""
    child = session.get_one(Child, child_id)
    guardians = session.execute(
        select(Guardian.id, Guardian.name)
        .join(Guardianship, Guardianship.guardian_id == Guardian.id)
        .where(Guardianship.child_id == child_id)
        .where(func.coalesce(Guardianship.valid_to, day) >= day)
        .order_by(Guardian.name, Guardian.id)
        .distinct()
    ).all()
    assert child.first_name and child.last_name and child.birth_date
    return {
        "child_id": child.id,
        "first_name": child.first_name,
        "last_name": child.last_name,
        "birth_date": child.birth_date,
        "guardians": [{"id": row.id, "name": row.name} for row in guardians],
        "households": _known_households(session, child_id),
    }


def _known_households(session: Session, child_id: str) -> list[contracts.KnownHousehold]:
    rows = session.execute(
        select(ChildHousehold.household_id, Guardian.name)
        .outerjoin(HouseholdGuardian, HouseholdGuardian.household_id == ChildHousehold.household_id)
        .outerjoin(Guardian, Guardian.id == HouseholdGuardian.guardian_id)
        .where(ChildHousehold.child_id == child_id)
        .order_by(ChildHousehold.household_id, Guardian.name, Guardian.id)
    )
    homes: dict[str, list[str]] = {}
    for household_id, name in rows:
        homes.setdefault(household_id, []).extend([name] if name else [])
    return [{"id": home, "guardians": names} for home, names in homes.items()]


def _count_papers(session: Session, registration_ids: Sequence[str]) -> dict[str, int]:
    counted = (
        select(RegistrationPaper.registration_id, func.count())
        .where(RegistrationPaper.registration_id.in_(registration_ids), RegistrationPaper.size > 0)
        .group_by(RegistrationPaper.registration_id)
    )
    return {registration_id: count for registration_id, count in session.execute(counted)}


def _listed_registration(registration: Registration, papers: int) -> contracts.WaitingRegistration:
    content = content_of_registration(registration)
    guardian = content.get("guardian", {})
    children = content.get("children", {}).get("children", [])
    return {
        "draft_id": registration.id,
        "reference": group_code(registration.reference),
        "way": registration.way,
        "sent_at": _sending_time(registration),
        "guardian": f"{guardian.get('first_name', '')} {guardian.get('last_name', '')}".strip(),
        "children": [f"{each['first_name']} {each['last_name']}".strip() for each in children],
        "papers": papers,
        "known": registration.household_id is not None,
    }


def _sending_time(registration: Registration) -> datetime:
    assert registration.sent_at  # of every registration that is not open
    return registration.sent_at
