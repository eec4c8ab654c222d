"""Last days of children who leave the town, while these are to come or just over."""

from collections import Counter
from collections.abc import Collection
from datetime import date

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from services.dossier.households.queries.ids_of_joined_files import joined_file_condition
from services.dossier.households.queries.protection import homes_of_guardian, protected_homes_of
from services.dossier.households.queries.record_holds import held_file_condition
from services.dossier.models import Child, ChildHousehold, Departure, Guardianship
from shared.contracts.dossier.families.departures import MOST_CHILDREN, ChildOfHome
from shared.database.prebuilt_statements import among_parameter, rows_among
from shared.database.tables.validity import valid_on_condition

AT_ONCE = 100
"""Children in one transaction of the task, so that families' writes go in between."""

_home, _other_home = aliased(ChildHousehold), aliased(ChildHousehold)
_LAST_DAYS = select(Departure.child_id, Departure.last_day).where(
    Departure.child_id.in_(among_parameter()),
    Departure.ended_at.is_(None),
    exists().where(
        _home.child_id == Departure.child_id, _home.household_id == Departure.household_id
    ),
    ~exists().where(
        _other_home.child_id == Departure.child_id,
        _other_home.household_id != Departure.household_id,
    ),
)


def last_days_by_child(session: Session, child_ids: Collection[str]) -> dict[str, date]:
    """
    Return the last day of each of these children that leaves; others have no entry.

    One that has come to live in another home since it was said stays: no day is taken from that.
    """
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
    """
    Return the children of a household over whom the guardian has authority, by id.

    A protected home is no other home to who does not live there (rule R9): what is said of such a
    child is noted as of any, and nothing comes of it.
    """
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
            valid_on_condition(Guardianship, day),
            Child.first_name.is_not(None),
            ~held_file_condition(),
            ~joined_file_condition(),
        )
        .group_by(ChildHousehold.child_id)
        .order_by(ChildHousehold.child_id)
        .limit(MOST_CHILDREN)
    ).all()
    said = {row.child_id: row.last_day for row in departures_of_household(session, household_id)}
    hidden = _count_hidden_homes(session, guardian_id, [child_id for child_id, _ in rows])
    children: list[ChildOfHome] = []
    for child_id, count in rows:
        stays = count - hidden[child_id] > 1
        leaves_after = None if stays else said.get(child_id)
        children.append({"child_id": child_id, "stays": stays, "leaves_after": leaves_after})
    return children


def _count_hidden_homes(
    session: Session, guardian_id: str, child_ids: Collection[str]
) -> Counter[str]:
    """Count the protected homes of each child in which this guardian does not live."""
    protected = protected_homes_of(session, child_ids)
    mine = homes_of_guardian(session, guardian_id) if protected else []
    return Counter(
        child_id
        for child_id, homes in protected.items()
        for home in homes
        if home.household_id not in mine
    )


def departures_due(session: Session, day: date) -> list[str]:
    """Return some children whose last day is over and whose links have not ended, by that day."""
    due = select(Departure.child_id).where(Departure.last_day < day, Departure.ended_at.is_(None))
    return list(
        session.scalars(due.order_by(Departure.last_day, Departure.child_id).limit(AT_ONCE))
    )
