"""
Persons without an account, found in the registers by words that a paper proves.

One person alone has to fit all of them: of two who do nothing is said, as of none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.households.queries import record_holds
from services.dossier.households.queries.ids_of_joined_files import (
    all_ids_of_child,
    joined_file_condition,
)
from services.dossier.models import (
    Child,
    ChildHousehold,
    DeceasedGuardian,
    Guardian,
    Guardianship,
    HouseholdGuardian,
)
from services.dossier.sections.queries import content_of_section
from services.dossier.sections.rules.projections import Content
from shared.contracts.dossier.data_protection.person_requests import (
    ADULT,
    AGENT,
    CALLED,
    PUPIL,
    IdentifyPersonRequest,
)
from shared.contracts.sections.adults.contacts import CONTACTS
from shared.contracts.sections.adults.pickup import PICKUP
from shared.dates.ages import years_old
from shared.dates.instant import Instant
from shared.text import is_same_name

OF_AGE = 18
NAMING = (CONTACTS.code, PICKUP.code)
"""Sections in which families name others."""
LEAST_DIGITS = 9
"""Digits of a number, with or without its prefix: +33 6 12 34 56 78 is 06 12 34 56 78."""


@dataclass(frozen=True)
class Found:
    """The one person whom all words fit, and the child by whose file that was seen."""

    person_id: str | None
    file_id: str | None
    child_id: str | None


def only_person_fitting_words(
    session: Session, asked: IdentifyPersonRequest, when: Instant
) -> Found | None:
    """Return the one person whom all of it fits; None for nobody, and for several."""
    if asked.person == AGENT:
        return _agent_found_by_name(session, asked.agent)
    named = asked.name if asked.person == PUPIL else asked.child
    children = _children_of_name_and_birth(session, named, asked.born)
    if len(children) != 1:
        return None
    (child,) = children
    if asked.person == PUPIL:
        return Found(child.id, None, child.id) if _is_of_age(child, when.day) else None
    if asked.person == CALLED:
        named_there = any(
            section_entries_of_person(
                content_of_section(session, child.id, section), asked.name, asked.phone
            )
            for section in NAMING
        )
        return Found(None, child.id, child.id) if named_there else None
    assert asked.person == ADULT
    adults = _living_adults_of_name(session, child.id, asked.name)
    return Found(adults[0], None, child.id) if len(adults) == 1 else None


def section_entries_of_person(content: Content, name: str, phone: str) -> list[dict[str, str]]:
    """Return those of the people named in a section who have this name and this number."""
    return [
        {field: person.get(field, "") for field in ("name", "relation", "phone")}
        for person in content.get("people", ())
        if is_same_name(person["name"], name) and _is_same_number(person.get("phone", ""), phone)
    ]


def _is_same_number(one: str, other: str) -> bool:
    first, second = (_last_digits_of_number(number) for number in (one, other))
    return len(first) == LEAST_DIGITS and first == second


def _last_digits_of_number(number: str) -> str:
    return "".join(sign for sign in number if sign.isdigit())[-LEAST_DIGITS:]


def _children_of_name_and_birth(session: Session, name: str, born: date | None) -> list[Child]:
    if born is None:
        return []
    rows = session.scalars(
        select(Child)
        .where(Child.birth_date == born, Child.first_name.is_not(None))
        .where(~joined_file_condition(), ~record_holds.held_file_condition())
    )
    return [row for row in rows if is_same_name(f"{row.first_name} {row.last_name}", name)]


def _is_of_age(child: Child, day: date) -> bool:
    return child.birth_date is not None and years_old(child.birth_date, day) >= OF_AGE


def _living_adults_of_name(session: Session, child_id: str, name: str) -> Sequence[str]:
    """Return the living adults of this name who live with a child, or have answered for it."""
    files = all_ids_of_child(session, child_id)
    homes = select(ChildHousehold.household_id).where(ChildHousehold.child_id.in_(files))
    living_there = select(HouseholdGuardian.guardian_id).where(
        HouseholdGuardian.household_id.in_(homes)
    )
    answering = select(Guardianship.guardian_id).where(Guardianship.child_id.in_(files))
    living = select(Guardian).where(
        Guardian.id.in_(living_there) | Guardian.id.in_(answering),
        Guardian.id.not_in(select(DeceasedGuardian.guardian_id)),
    )
    return [row.id for row in session.scalars(living) if is_same_name(row.name, name)]


def _agent_found_by_name(session: Session, agent: str | None) -> Found | None:
    """Return an agent whom identity found by name; the id of a family's adult is none."""
    if agent is None or session.get(Guardian, agent) is not None:
        return None
    return Found(agent, None, None)
