"""A household as it is shown to an agent who separates it, and its separations with receipts."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, aliased

from services.dossier.corrections.queries.home_names import names_of_guardians
from services.dossier.corrections.queries.provider_receipts import receipts_of_corrections
from services.dossier.households.queries.record_holds import held_file_condition
from services.dossier.models import (
    Child,
    ChildHousehold,
    Correction,
    Guardian,
    Household,
    HouseholdGuardian,
    Separation,
)
from shared.contracts.dossier.corrections import WAITING_SHOWN, Receipt
from shared.contracts.dossier.families import separation as contracts
from shared.contracts.errors import NotFound
from shared.dates.clock import PARIS
from shared.dates.instant import Instant


def read_household_for_separation(
    session: Session, household_id: str
) -> contracts.OpenForSeparationAnswer:
    """Return a household as it is; raises NotFound for none."""
    home = session.get(Household, household_id)
    if home is None:
        raise NotFound(household_id=household_id)
    living = sorted(guardians_living_in(session, household_id))
    guardians = session.scalars(
        select(Guardian).where(Guardian.id.in_(living)).order_by(Guardian.name, Guardian.id)
    )
    return contracts.OpenForSeparationAnswer(
        known_since=household_known_since(home),
        guardians=[{"id": each.id, "name": each.name} for each in guardians],
        children=[
            {
                "child_id": child.id,
                "first_name": child.first_name or "",
                "last_name": child.last_name or "",
                "birth_date": child.birth_date,
                "elsewhere": elsewhere,
            }
            for child, elsewhere in children_to_place(session, household_id)
            if child.birth_date is not None
        ],
        separations=_separations_of(session, household_id),
    )


def household_known_since(home: Household) -> date:
    """Return the day since which a household is known here."""
    return home.created_at.astimezone(PARIS).date()


def guardians_living_in(session: Session, household_id: str) -> set[str]:
    """Return the ids of all who live in a household."""
    mine = HouseholdGuardian.household_id == household_id
    return set(session.scalars(select(HouseholdGuardian.guardian_id).where(mine)))


def children_to_place(session: Session, household_id: str) -> list[tuple[Child, bool]]:
    """
    Return the children of a household of whom an agent says where they live, the eldest first,
    and whether each lives in a second home.

    One without a name, or whose file is held, lives in both homes: nothing is said of it.
    """
    other = aliased(ChildHousehold)
    elsewhere = exists().where(other.child_id == Child.id, other.household_id != household_id)
    rows = session.execute(
        select(Child, elsewhere)
        .join(ChildHousehold, ChildHousehold.child_id == Child.id)
        .where(
            ChildHousehold.household_id == household_id,
            Child.first_name.is_not(None),
            ~held_file_condition(),
        )
        .order_by(Child.birth_date, Child.first_name, Child.id)
    )
    return [(child, bool(in_two)) for child, in_two in rows]


def waiting_separation(session: Session, household_id: str) -> Separation | None:
    """Return the separation of a household whose day has not come."""
    mine = Separation.household_id == household_id, Separation.content.is_not(None)
    return session.scalar(select(Separation).where(*mine))


def separations_due(session: Session, when: Instant) -> Sequence[str]:
    """Return the ids of separations whose day has come."""
    waiting = Separation.content.is_not(None), Separation.holds_from <= when.day
    return session.scalars(select(Separation.id).where(*waiting).limit(WAITING_SHOWN)).all()


def household_of_separation(session: Session, separation_id: str) -> str:
    """Return the household that a separation is of; raises NotFound."""
    row = session.get(Separation, separation_id)
    if row is None:
        raise NotFound(separation_id=separation_id)
    return row.household_id


def _separations_of(session: Session, household_id: str) -> list[contracts.Separation]:
    """Return the separations from which a household comes or whom it let go, the latest first."""
    mine = or_(Separation.household_id == household_id, Separation.new_household_id == household_id)
    latest = (Separation.recorded_at.desc(), Separation.id.desc())
    rows = session.scalars(
        select(Separation).where(mine).order_by(*latest).limit(contracts.SEPARATIONS_SHOWN)
    ).all()
    receipts = _receipts_by_separation(session, [row.id for row in rows])
    names = names_of_guardians(session, {each for row in rows for each in row.guardian_ids})
    return [
        {
            "separation_id": row.id,
            "names": [names[subject] for subject in row.guardian_ids if subject in names],
            "paper": row.paper,
            "paper_date": row.paper_date,
            "reason": row.reason,
            "holds_from": row.holds_from,
            "recorded_by": row.recorded_by,
            "recorded_at": row.recorded_at,
            "applied_at": row.applied_at,
            "lapsed_at": row.lapsed_at,
            "withdrawn_at": row.withdrawn_at,
            "receipts": receipts[row.id],
        }
        for row in rows
    ]


def _receipts_by_separation(
    session: Session, separation_ids: Collection[str]
) -> Mapping[str, list[Receipt]]:
    """Return by separation who was sent it; received once it is so of every child."""
    rows = session.scalars(
        select(Correction).where(Correction.separation_id.in_(separation_ids))
    ).all()
    of_child = receipts_of_corrections(session, rows)
    held: dict[str, dict[str, bool]] = defaultdict(dict)
    for row in rows:
        of_one = held[row.separation_id or ""]
        for receipt in of_child[row.id]:
            provider = receipt["provider"]
            of_one[provider] = of_one.get(provider, True) and receipt["received"]
    return defaultdict(
        list,
        {
            separation_id: [
                Receipt(provider=provider, received=received)
                for provider, received in sorted(of_one.items())
            ]
            for separation_id, of_one in held.items()
        },
    )
