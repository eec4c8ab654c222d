"""
Guarded dossiers: households that the front desk's search finds no more, for the few who protect.

A protected household (rule R9), or one with a child whose file one agent holds. Beside
`front_desk/queries/dossiers.py`, the one place that reads a household which is not findable.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.front_desk.queries.dossiers import (
    MOST_FOUND,
    birth_years_by_household,
    communes_by_household,
    findable_household_condition,
    role_at_front_desk,
)
from services.dossier.front_desk.queries.people_of_similar_name import (
    guardians_possibly_meant,
)
from services.dossier.front_desk.rules.name_search import Person, Query, find_most_alike_people
from services.dossier.households.queries import protection
from services.dossier.households.queries.guardianships import (
    children_living_in,
    phone_of_carer,
)
from services.dossier.households.queries.households_for_billing import guardians_by_household
from services.dossier.models import (
    Child,
    ChildHousehold,
    Guardian,
    Guardianship,
    Household,
    HouseholdGuardian,
    RecordHold,
)
from shared.contracts.dossier.families import safeguarding as contracts
from shared.contracts.dossier.families.safeguarding import GUARDED_AT_ONCE
from shared.contracts.errors import BadRequest, NotFound
from shared.database.tables.validity import not_ended_before_condition
from shared.register import Register
from shared.register.entitlement import PROTECT


def page_of_guarded_households(
    session: Session, day: date, after: str
) -> contracts.GuardedDossiersAnswer:
    """Return some households that are protected or have a held file, with who holds it."""
    protected = set(session.scalars(protection.select_protected_homes()))
    holders: dict[str, list[str]] = defaultdict(list)
    held = session.execute(
        select(ChildHousehold.household_id, RecordHold.held_by)
        .join(RecordHold, RecordHold.child_id == ChildHousehold.child_id)
        .where(RecordHold.released_at.is_(None))
        .order_by(RecordHold.recorded_at)
    )
    for household_id, held_by in held:
        holders[household_id].append(held_by)
    following = sorted(home for home in protected | holders.keys() if home > after)
    homes = following[:GUARDED_AT_ONCE]
    guardians = guardians_by_household(session, homes, day)
    found = [
        contracts.GuardedHousehold(
            household_id=home,
            guardians=[guardian["name"] for guardian in guardians[home]],
            protected=home in protected,
            held_by=holders[home],
        )
        for home in homes
    ]
    following_page = homes[-1] if len(following) > len(homes) else ""
    return contracts.GuardedDossiersAnswer(found, next=following_page)


def read_guarded_household(
    session: Session, household_id: str, day: date
) -> contracts.OpenGuardedAnswer:
    """Return one household, findable or not; raises NotFound where there is none."""
    if session.get(Household, household_id) is None:
        raise NotFound(household_id=household_id)
    protections = protection.protections_of_household(session, household_id)
    guardians = guardians_by_household(session, [household_id], day)[household_id]
    child_ids = children_living_in(session, household_id)
    carers = _carers_by_child(session, child_ids, day)
    rows = session.execute(
        select(Child, RecordHold)
        .outerjoin(RecordHold, (RecordHold.child_id == Child.id) & RecordHold.released_at.is_(None))
        .where(Child.id.in_(child_ids), Child.first_name.is_not(None))
        .order_by(Child.birth_date, Child.first_name, Child.id)
    )
    return contracts.OpenGuardedAnswer(
        household_id=household_id,
        guardians=[{"id": each["subject"], "name": each["name"]} for each in guardians],
        protected=any(row["lifted_at"] is None for row in protections),
        protections=protections,
        children=[_guarded_child(child, hold, carers[child.id]) for child, hold in rows],
    )


def find_carers(session: Session, query: Query, day: date) -> list[contracts.CarerFound]:
    """Return the adults whom a name could be, of households that a desk may find."""
    meant = guardians_possibly_meant(session, query)
    rows = session.execute(
        select(HouseholdGuardian.household_id, Guardian.id, Guardian.name)
        .join(Guardian, Guardian.id == HouseholdGuardian.guardian_id)
        .join(Household, Household.id == HouseholdGuardian.household_id)
        .where(Guardian.id.in_(meant), findable_household_condition())
    )
    people = {f"{home}|{guardian_id}": Person(name) for home, guardian_id, name in rows}
    keys = [key.split("|") for key in find_most_alike_people(query, people, MOST_FOUND)]
    homes = {home for home, _ in keys}
    communes = communes_by_household(session, homes, day)
    years = birth_years_by_household(session, homes)
    return [
        {
            "household_id": home,
            "guardian_id": guardian_id,
            "name": people[f"{home}|{guardian_id}"].name,
            "insee": communes.get(home, ""),
            "born": years.get(home, ""),
        }
        for home, guardian_id in keys
    ]


def require_protecting_agent(session: Session, register: Register, agent: str, day: date) -> None:
    """Raise BadRequest for whoever has no role that protects today: the file would be nobody's."""
    if not role_at_front_desk(session, register, agent, [PROTECT], day):
        raise BadRequest(errors={"held_by": ["Cette personne ne peut pas tenir un dossier."]})


def _guarded_child(
    child: Child, hold: RecordHold | None, carers: list[contracts.Carer]
) -> contracts.GuardedChild:
    assert child.first_name and child.last_name and child.birth_date  # NULL all together
    return contracts.GuardedChild(
        id=child.id,
        first_name=child.first_name,
        last_name=child.last_name,
        birth_date=child.birth_date,
        held_by=hold.held_by if hold else None,
        bills_wait=hold is not None and hold.billed_since is None,
        carers=carers,
    )


def _carers_by_child(
    session: Session, child_ids: Any, day: date
) -> Mapping[str, list[contracts.Carer]]:
    """Return by child the placements that run or are to come."""
    carers: dict[str, list[contracts.Carer]] = defaultdict(list)
    rows = session.execute(
        select(Guardianship, Guardian.name, Guardian.phone)
        .join(Guardian, Guardian.id == Guardianship.guardian_id)
        .where(
            Guardianship.child_id.in_(child_ids),
            Guardianship.carer_in.is_not(None),
            not_ended_before_condition(Guardianship.valid_to, day),
        )
        .order_by(Guardianship.valid_from)
    )
    for row, name, sealed in rows:
        carers[row.child_id].append(
            contracts.Carer(
                id=row.guardian_id,
                name=name,
                phone=phone_of_carer(row.guardian_id, sealed),
                household_id=row.carer_in or "",
                valid_from=row.valid_from,
                valid_to=row.valid_to,
            )
        )
    return carers
