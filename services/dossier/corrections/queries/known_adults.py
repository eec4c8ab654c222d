"""Adults who are known in other households, and may come into one more (rule R9)."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from services.dossier.corrections.queries.adults import adult_of_household_condition, homes_of_adult
from services.dossier.front_desk.queries.dossiers import (
    MOST_FOUND,
    birth_years_by_household,
    children_of_households,
    communes_by_household,
)
from services.dossier.front_desk.queries.people_of_similar_name import (
    guardians_possibly_meant,
)
from services.dossier.front_desk.rules.name_search import (
    Person,
    Query,
    find_most_alike_people,
    likeness_of_person,
)
from services.dossier.households.queries.protection import select_protected_homes
from services.dossier.models import (
    ChildHousehold,
    DeceasedGuardian,
    Guardian,
    Guardianship,
    HouseholdGuardian,
    TrialMember,
)
from shared.contracts.dossier.families.household_adults import FindAdultsRequest, KnownAdult
from shared.contracts.errors import NotFound

LEAST_ALIKE = 0.9
"""Likeness of two names that may be one person's: a slip of the pen, and no relative."""


def find_adults(
    session: Session, request: FindAdultsRequest, day: date, *, protects: bool
) -> list[KnownAdult]:
    """Return who it could be: the holder of the account, then the most alike; MOST_FOUND."""
    query = Query(request.query)
    also = [request.account] if request.account else []
    meant = guardians_possibly_meant(session, query).union(also)
    rows = session.execute(
        select(Guardian.id, Guardian.name).where(
            Guardian.id.in_(meant),
            _offered_adult_condition(protects=protects),
            ~adult_of_household_condition(request.household_id),
        )
    )
    people = {guardian_id: Person(name) for guardian_id, name in rows}
    alike = [
        guardian_id
        for guardian_id in find_most_alike_people(query, people, MOST_FOUND)
        if likeness_of_person(query, people[guardian_id]) >= LEAST_ALIKE
    ]
    holder = [request.account] if request.account in people else []
    found = dict.fromkeys([*holder, *alike])
    return [
        _known_adult_for_answer(session, guardian_id, people[guardian_id].name, day)
        for guardian_id in list(found)[:MOST_FOUND]
    ]


def children_at_home_with(session: Session, guardian_ids: Collection[str]) -> set[str]:
    """Return the children who live with one of these adults: their families read of a search."""
    homes = [home for each in guardian_ids for home in homes_of_adult(session, each)]
    return children_of_households(session, homes)


def adult_who_may_come(
    session: Session, household_id: str, guardian_id: str, *, protects: bool
) -> Guardian:
    """Return an adult of the household, or one who is offered to it; raises NotFound."""
    adult = session.scalar(
        select(Guardian).where(
            Guardian.id == guardian_id,
            or_(
                adult_of_household_condition(household_id),
                _offered_adult_condition(protects=protects),
            ),
        )
    )
    if adult is None:
        raise NotFound(guardian_id=guardian_id)
    return adult


def _offered_adult_condition(*, protects: bool) -> ColumnElement[bool]:
    """Return the condition of an adult who may come into another household, of `Guardian`."""
    lives = HouseholdGuardian.guardian_id == Guardian.id
    nobody = or_(
        exists().where(DeceasedGuardian.guardian_id == Guardian.id),
        Guardian.id.in_(select(TrialMember.member_id)),
        exists().where(lives, HouseholdGuardian.household_id.in_(select_protected_homes())),
    )
    if protects:
        return ~nobody
    guarded = select(ChildHousehold.child_id).where(
        ChildHousehold.household_id.in_(select_protected_homes())
    )
    beside = exists().where(
        lives,
        ChildHousehold.household_id == HouseholdGuardian.household_id,
        ChildHousehold.child_id.in_(guarded),
    )
    answers = exists().where(
        Guardianship.guardian_id == Guardian.id, Guardianship.child_id.in_(guarded)
    )
    return ~or_(nobody, beside, answers)


def _known_adult_for_answer(session: Session, guardian_id: str, name: str, day: date) -> KnownAdult:
    homes = homes_of_adult(session, guardian_id)
    communes = communes_by_household(session, homes, day)
    years = sorted({each for each in birth_years_by_household(session, homes).values() if each})
    return {
        "id": guardian_id,
        "name": name,
        "communes": sorted(set(communes.values())),
        "born": ", ".join(years),
    }
