"""The adults of a household and of its children, and with whom a child would be left."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from services.dossier.corrections.queries.corrections import changes_of_adults
from services.dossier.households.queries import record_holds
from services.dossier.households.queries.guardianships import (
    authority_conditions,
    carer_conditions,
    children_living_in,
)
from services.dossier.models import (
    Child,
    ChildHousehold,
    DeceasedGuardian,
    Guardian,
    Guardianship,
    HouseholdGuardian,
)
from shared.contracts.dossier.families import household_adults as contracts
from shared.contracts.errors import NotFound
from shared.database.tables.validity import not_ended_before_condition


@dataclass(frozen=True)
class Leaving:
    """An adult who goes; from `household_id` alone where they still answer for its children."""

    guardian_id: str
    household_id: str | None = None


def household_adults(
    session: Session, household_id: str, day: date
) -> contracts.HouseholdAdultsAnswer:
    """
    Return who lives in a household or answers for a child of it; raises NotFound without a child.

    Children whose file is held are not shown, yet a home that has none but these is opened: a
    parent may have died with them.
    """
    living = children_living_in(session, household_id)
    named = (Child.id.in_(living), Child.first_name.is_not(None))
    if session.scalar(select(Child.id).where(*named).limit(1)) is None:
        raise NotFound(household_id=household_id)
    children = session.scalars(
        select(Child)
        .where(*named, ~record_holds.held_file_condition())
        .order_by(Child.birth_date, Child.first_name, Child.id)
    ).all()
    child_ids = [child.id for child in children]
    return contracts.HouseholdAdultsAnswer(
        adults=[
            _adult_for_answer(session, adult, household_id, child_ids, day)
            for adult in session.scalars(
                select(Guardian)
                .where(adult_of_household_condition(household_id))
                .order_by(Guardian.name, Guardian.id)
            )
        ],
        children=[
            {
                "child_id": child.id,
                "first_name": child.first_name or "",
                "last_name": child.last_name or "",
            }
            for child in children
        ],
        changes=changes_of_adults(session, child_ids),
    )


def adult_of_household(session: Session, household_id: str, guardian_id: str) -> Guardian:
    """Return an adult who lives there, or answers or did for a child of it; raises NotFound."""
    adult = session.scalar(
        select(Guardian).where(
            Guardian.id == guardian_id, adult_of_household_condition(household_id)
        )
    )
    if adult is None:
        raise NotFound(guardian_id=guardian_id)
    return adult


def children_of_adult(session: Session, guardian_id: str) -> Sequence[str]:
    """Return the children that have a name and for whom an adult answers, did or will."""
    return session.scalars(
        select(Child.id)
        .where(
            Child.first_name.is_not(None),
            exists().where(
                Guardianship.child_id == Child.id, Guardianship.guardian_id == guardian_id
            ),
        )
        .order_by(Child.id)
    ).all()


def children_answered_for(
    session: Session, household_id: str, guardian_id: str, day: date
) -> Sequence[str]:
    """Return the children of a household for whom an adult answers on that day, or later."""
    return session.scalars(
        select(Guardianship.child_id)
        .join(Child, Child.id == Guardianship.child_id)
        .where(
            Guardianship.guardian_id == guardian_id,
            Guardianship.child_id.in_(children_living_in(session, household_id)),
            Child.first_name.is_not(None),
            _period_reaching_day_condition(day),
        )
        .distinct()
        .order_by(Guardianship.child_id)
    ).all()


def adults_answering_for(
    session: Session, child_ids: Collection[str], day: date
) -> Sequence[Guardian]:
    """
    Return the adults who answer for one of these children on that day, or later.

    Who has a child in care does not answer for it: a judge may yet give them authority.
    """
    answers = exists().where(
        Guardianship.guardian_id == Guardian.id,
        Guardianship.carer_in.is_(None),
        Guardianship.child_id.in_(child_ids),
        _period_reaching_day_condition(day),
    )
    return session.scalars(select(Guardian).where(answers).order_by(Guardian.id)).all()


def authority_by_child_of_adult(
    session: Session, guardian_id: str, child_ids: Collection[str], day: date
) -> Mapping[str, bool]:
    """
    Return the children for whom an adult answers on that day or later, and whether with authority.

    « With » is with authority in all of their periods.
    """
    rows = session.execute(
        select(Guardianship.child_id, Guardianship.authority).where(
            Guardianship.guardian_id == guardian_id,
            Guardianship.child_id.in_(child_ids),
            Guardianship.carer_in.is_(None),
            _period_reaching_day_condition(day),
        )
    )
    found: dict[str, bool] = {}
    for child_id, authority in rows:
        found[child_id] = found.get(child_id, True) and authority
    return found


def homes_of_adult(session: Session, guardian_id: str) -> set[str]:
    """Return the households in which an adult lives."""
    mine = HouseholdGuardian.guardian_id == guardian_id
    return set(session.scalars(select(HouseholdGuardian.household_id).where(mine)))


def is_living_in_household(session: Session, household_id: str, guardian_id: str) -> bool:
    """Say whether an adult lives in a household."""
    return session.get(HouseholdGuardian, (household_id, guardian_id)) is not None


def has_died(session: Session, guardian_id: str) -> bool:
    """Say whether an adult's death was noted."""
    mine = DeceasedGuardian.guardian_id == guardian_id
    return session.scalar(select(DeceasedGuardian.guardian_id).where(mine).limit(1)) is not None


def is_child_left_alone(session: Session, child_id: str, leaving: Leaving, day: date) -> bool:
    """
    Say whether a child would live with nobody who has authority, nor with a carer, that day.

    Who has no authority over it today leaves it as it is.
    """
    holds = authority_conditions(day)
    mine = (Guardianship.child_id == child_id, Guardianship.guardian_id == leaving.guardian_id)
    if session.scalar(select(Guardianship.id).where(*mine, *holds).limit(1)) is None:
        return False
    lives = exists().where(
        HouseholdGuardian.guardian_id == Guardianship.guardian_id,
        HouseholdGuardian.household_id == ChildHousehold.household_id,
        ChildHousehold.child_id == child_id,
        _kept_membership_condition(leaving),
    )
    others = Guardianship.guardian_id != leaving.guardian_id
    stays = lives if leaving.household_id else (lives & others)
    left = select(Guardianship.id).where(Guardianship.child_id == child_id, *holds, stays)
    placed = select(Guardianship.id).where(
        Guardianship.child_id == child_id, *carer_conditions(day), others
    )
    return session.scalar(left.limit(1)) is None and session.scalar(placed.limit(1)) is None


def children_left_without_guardian(session: Session, household_id: str, day: date) -> Sequence[str]:
    """Return the children of a home in which nobody answers for them, and who have another."""
    here = (
        select(Guardianship.child_id)
        .join(HouseholdGuardian, HouseholdGuardian.guardian_id == Guardianship.guardian_id)
        .where(HouseholdGuardian.household_id == household_id, _period_reaching_day_condition(day))
    )
    elsewhere = select(ChildHousehold.child_id).where(ChildHousehold.household_id != household_id)
    return session.scalars(
        select(ChildHousehold.child_id).where(
            ChildHousehold.household_id == household_id,
            ChildHousehold.child_id.not_in(here),
            ChildHousehold.child_id.in_(elsewhere),
        )
    ).all()


def _adult_for_answer(
    session: Session, adult: Guardian, household_id: str, child_ids: Sequence[str], day: date
) -> contracts.Adult:
    rows = session.execute(
        select(Guardianship.child_id, Guardianship.authority).where(
            Guardianship.guardian_id == adult.id,
            Guardianship.child_id.in_(child_ids),
            Guardianship.carer_in.is_(None),
            Guardianship.valid_from <= day,
            _period_reaching_day_condition(day),
        )
    ).all()
    mine = DeceasedGuardian.guardian_id == adult.id
    return {
        "id": adult.id,
        "name": adult.name,
        "lives_here": is_living_in_household(session, household_id, adult.id),
        "authority": sorted(child_id for child_id, authority in rows if authority),
        "answers": sorted(child_id for child_id, authority in rows if not authority),
        "died_on": session.scalar(select(DeceasedGuardian.died_on).where(mine).limit(1)),
    }


def adult_of_household_condition(household_id: str) -> ColumnElement[bool]:
    """Return the condition of an adult of a household, or of a child of it: of `Guardian`."""
    lives = exists().where(
        HouseholdGuardian.guardian_id == Guardian.id,
        HouseholdGuardian.household_id == household_id,
    )
    died = exists().where(
        DeceasedGuardian.guardian_id == Guardian.id, DeceasedGuardian.household_id == household_id
    )
    answers = exists().where(
        Guardianship.guardian_id == Guardian.id,
        Guardianship.carer_in.is_(None),
        Guardianship.child_id == ChildHousehold.child_id,
        ChildHousehold.household_id == household_id,
    )
    return or_(lives, died, answers)


def _period_reaching_day_condition(day: date) -> ColumnElement[bool]:
    return not_ended_before_condition(Guardianship.valid_to, day)


def _kept_membership_condition(leaving: Leaving) -> ColumnElement[bool]:
    """Return the condition of a membership that is not the one which ends."""
    return or_(
        HouseholdGuardian.guardian_id != leaving.guardian_id,
        HouseholdGuardian.household_id != (leaving.household_id or ""),
    )
