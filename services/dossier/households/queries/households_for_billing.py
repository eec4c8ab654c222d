"""
The household as billing receives it: who answers there, its addresses, the children in it.

Nothing of any section. The `family` projection shows providers ids alone: names and addresses are
for bills, and leave for billing only.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NotRequired, TypedDict

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from services.dossier.households.queries import protection
from services.dossier.households.queries.addresses import addresses_by_household
from services.dossier.households.queries.guardianships import authority_conditions
from services.dossier.households.queries.ids_of_joined_files import others_by_kept
from services.dossier.models import (
    CarerAccess,
    Child,
    ChildHousehold,
    DeceasedGuardian,
    Guardian,
    Guardianship,
    Household,
    HouseholdGuardian,
    HouseholdVersion,
    TrialMember,
)
from shared.contracts.dossier.guardians import Address, DeceasedPayer, Payer, Sibling
from shared.database import Day
from shared.database.chunks import chunks
from shared.database.prebuilt_statements import among_parameter, rows_among

AT_ONCE = 100
"""Households in one transaction of the task, so that families' writes go in between."""


_households = among_parameter()
_LIVING_THERE = (
    select(HouseholdGuardian.household_id, Guardian.id, Guardian.name)
    .join(Guardian, Guardian.id == HouseholdGuardian.guardian_id)
    .where(HouseholdGuardian.household_id.in_(_households))
    .order_by(Guardian.name, Guardian.id)
)
_ANSWERING = (
    select(ChildHousehold.household_id, Guardianship.guardian_id)
    .join(Guardianship, Guardianship.child_id == ChildHousehold.child_id)
    .join(Child, Child.id == ChildHousehold.child_id)
    .where(
        ChildHousehold.household_id.in_(_households),
        Child.first_name.is_not(None),
        *authority_conditions(bindparam("day", type_=Day)),
    )
)


class Home(TypedDict):
    """
    A household as billing receives it; it has a digest.

    Where nothing is protected and nobody died the fields are not there: its digest stays as it was.
    """

    guardians: list[Payer]
    addresses: list[Address]
    children: list[Sibling]
    protected: NotRequired[bool]
    deceased: NotRequired[list[DeceasedPayer]]


def homes_for_billing(
    session: Session, household_ids: Collection[str], day: date
) -> dict[str, Home]:
    """Return by household guardians, addresses (the latest first) and children, eldest first."""
    guardians = guardians_by_household(session, household_ids, day)
    addresses = addresses_by_household(session, household_ids)
    children = _children_by_household(session, household_ids)
    protected = protection.protected_households_among(session, household_ids)
    homes: dict[str, Home] = {
        household_id: {
            "guardians": guardians[household_id],
            "addresses": addresses[household_id],
            "children": children[household_id],
        }
        for household_id in household_ids
    }
    for household_id in protected:
        homes[household_id]["protected"] = True
    for household_id, deceased in deceased_by_household(session, household_ids).items():
        homes[household_id]["deceased"] = deceased
    return homes


def guardians_by_household(
    session: Session, household_ids: Collection[str], day: date
) -> Mapping[str, list[Payer]]:
    """
    Return by household the guardians who live there and answer today for a child that does.

    Who answers for none of them any more reads neither bills nor the new address. Where nobody
    does, all who live there are given: what is owed has a debtor still.
    """
    living: dict[str, dict[str, str]] = defaultdict(dict)
    for household_id, guardian_id, name in rows_among(session, _LIVING_THERE, household_ids):
        living[household_id][guardian_id] = name
    answering = _guardians_in_authority(session, household_ids, day)
    rows_by_household: dict[str, list[Payer]] = defaultdict(list)
    for household_id, names in living.items():
        theirs = names.keys() & answering[household_id] or names.keys()
        rows_by_household[household_id] = [
            {"subject": subject, "name": names[subject]} for subject in names if subject in theirs
        ]
    return rows_by_household


def homes_of_children(session: Session, child_ids: Collection[str]) -> set[str]:
    """Return the households in which these children live."""
    return {
        household_id
        for batch in chunks(child_ids)
        for household_id in session.scalars(
            select(ChildHousehold.household_id).where(ChildHousehold.child_id.in_(batch))
        )
    }


def homes_with_children(session: Session, household_ids: Collection[str]) -> set[str]:
    """Return those of these households in which a child lives."""
    return {
        household_id
        for batch in chunks(household_ids)
        for household_id in session.scalars(
            select(ChildHousehold.household_id).where(ChildHousehold.household_id.in_(batch))
        )
    }


def households_to_publish_again(session: Session) -> Sequence[str]:
    """Return some households that lost their digest, for more is published of them than before."""
    due = select(Household.id).join(HouseholdVersion, HouseholdVersion.household_id == Household.id)
    rows = due.where(HouseholdVersion.digest == "", *_IS_BILLED)
    return session.scalars(rows.order_by(Household.id).limit(AT_ONCE)).all()


def households_never_published(session: Session, after: str) -> tuple[Sequence[str], str]:
    """
    Return households never published to billing, of those whose id follows `after`.

    They are given with the last one looked at, or "".
    """
    looked_at = session.scalars(
        select(Household.id).where(Household.id > after).order_by(Household.id).limit(AT_ONCE)
    ).all()
    published = exists().where(HouseholdVersion.household_id == Household.id)
    never = select(Household.id).where(Household.id.in_(looked_at), ~published, *_IS_BILLED)
    last = looked_at[-1] if len(looked_at) == AT_ONCE else ""
    return session.scalars(never.order_by(Household.id)).all(), last


_IS_BILLED = (
    ~exists().where(TrialMember.member_id == Household.id),
    ~exists().where(CarerAccess.holder_home == Household.id),
)
"""Neither invented for a trial, nor the home that an access made."""


def deceased_by_household(
    session: Session, household_ids: Collection[str]
) -> Mapping[str, list[DeceasedPayer]]:
    """Return by household who lived there and died."""
    rows_by_household: dict[str, list[DeceasedPayer]] = defaultdict(list)
    for batch in chunks(household_ids):
        rows = session.execute(
            select(DeceasedGuardian, Guardian.name)
            .join(Guardian, Guardian.id == DeceasedGuardian.guardian_id)
            .where(DeceasedGuardian.household_id.in_(batch))
            .order_by(DeceasedGuardian.guardian_id)
        )
        for row, name in rows:
            rows_by_household[row.household_id].append(
                {"subject": row.guardian_id, "name": name, "died_on": row.died_on}
            )
    return rows_by_household


def _guardians_in_authority(
    session: Session, household_ids: Collection[str], day: date
) -> Mapping[str, set[str]]:
    """Return by household who has authority that day over a named child living in it."""
    rows_by_household: dict[str, set[str]] = defaultdict(set)
    rows = rows_among(session, _ANSWERING, household_ids, day=day)
    for household_id, guardian_id in rows:
        rows_by_household[household_id].add(guardian_id)
    return rows_by_household


def _children_by_household(
    session: Session, household_ids: Collection[str]
) -> Mapping[str, list[Sibling]]:
    rows_by_household: dict[str, list[Sibling]] = defaultdict(list)
    for batch in chunks(household_ids):
        rows = session.execute(
            select(
                ChildHousehold.household_id,
                Child.id,
                Child.first_name,
                Child.last_name,
                Child.birth_date,
            )
            .join(Child, Child.id == ChildHousehold.child_id)
            .where(ChildHousehold.household_id.in_(batch), Child.first_name.is_not(None))
            .order_by(Child.birth_date, Child.id)
        )
        for household_id, child_id, first_name, last_name, birth_date in rows:
            assert first_name and last_name and birth_date
            rows_by_household[household_id].append(
                {
                    "child_id": child_id,
                    "first_name": first_name,
                    "last_name": last_name,
                    "birth_date": birth_date,
                }
            )
    living = {child["child_id"] for rows in rows_by_household.values() for child in rows}
    others = others_by_kept(session, living)
    for siblings in rows_by_household.values():
        siblings += [
            {**child, "child_id": other, "same_as": child["child_id"]}
            for child in list(siblings)
            for other in others.get(child["child_id"], ())
        ]
    return rows_by_household
