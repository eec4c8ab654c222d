"""Activities of which a condition names a school."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.enrolment.models import Activity, Group
from shared.contracts.enrolment.place_conditions import SCHOOL
from shared.text import folded


def activities_asking_for_schools(
    read: Session, names: Collection[str], first_year: str
) -> list[str]:
    """Return the activities of a school year or later that ask for one of these, in their order."""
    asked = {folded(name) for name in names}
    rows = read.execute(
        select(Activity.id, Activity.conditions, Group.conditions)
        .outerjoin(Group, Group.activity_id == Activity.id)
        .where(Activity.school_year >= first_year)
    )
    return sorted(
        {
            activity_id
            for activity_id, *stated in rows
            for conditions in stated
            if not asked.isdisjoint(map(folded, (conditions or {}).get(SCHOOL, ())))
        }
    )
