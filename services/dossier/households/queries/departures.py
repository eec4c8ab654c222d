"""Last days of children who leave the town, while these are to come or just over."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from services.dossier.households.queries.duplicate_children import is_joined_to_another
from services.dossier.households.queries.record_holds import is_file_held
from services.dossier.models import Child, ChildHousehold, Departure, Guardianship
from shared.contracts.dossier.families.departures import MOST_CHILDREN, ChildOfHome
from shared.database.prebuilt_statements import among_parameter, rows_among
from shared.database.validity import is_valid_on

AT_ONCE = 100
"""Children in one transaction of the task, so that families' writes go in between."""

_LAST_DAYS = select(Departure.child_id, Departure.last_day).where(
    Departure.child_id.in_(among_parameter()), Departure.ended_at.is_(None)
)


def last_days_by_child(session: Session, child_ids: Collection[str]) -> dict[str, date]:
    """Return the last day of each of these children that leaves; others have no entry."""
    return dict(tuple(row) for row in rows_among(session, _LAST_DAYS, child_ids))


def departures_of_household(session: Session, household_id: str) -> list[Departure]:
    """Return the departures of a household that have not been carried out, by child."""
    rows = select(Departure).where(
        Departure.household_id == household_id, Departure.ended_at.is_(None)
    )
    return list(session.scalars(rows.order_by(Departure.child_id)))


def children_of_departure(
    session: Session, household_id: str, guardian_id: str, day: date
) -> list[ChildOfHome]:
    """Return the children of a household over whom the guardian has authority, by id."""
    homes = aliased(ChildHousehold)
    rows = session.execute(
        select(ChildHousehold.child_id, func.count(homes.household_id))
        .join(Child, Child.id == ChildHousehold.child_id)
        .join(homes, homes.child_id == ChildHousehold.child_id)
        .join(Guardianship, Guardianship.child_id == ChildHousehold.child_id)
        .where(
            ChildHousehold.household_id == household_id,
            Guardianship.guardian_id == guardian_id,
            Guardianship.authority.is_(True),
            is_valid_on(Guardianship, day),
            Child.first_name.is_not(None),
            ~is_file_held(),
            ~is_joined_to_another(),
        )
        .group_by(ChildHousehold.child_id)
        .order_by(ChildHousehold.child_id)
        .limit(MOST_CHILDREN)
    ).all()
    last_days = last_days_by_child(session, [child_id for child_id, _ in rows])
    return [
        {"child_id": child_id, "stays": homes > 1, "leaves_after": last_days.get(child_id)}
        for child_id, homes in rows
    ]


def departures_due(session: Session, day: date) -> list[str]:
    """Return some children whose last day is over, and whose links have not been ended."""
    due = select(Departure.child_id).where(Departure.last_day < day, Departure.ended_at.is_(None))
    return list(session.scalars(due.order_by(Departure.child_id).limit(AT_ONCE)))
