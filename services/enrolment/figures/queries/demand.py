"""Applications of a period by site and activity: what was given, what waits, what was refused."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session as Database

from services.enrolment.children.queries.reach_of_right import Reach
from services.enrolment.figures.rules.demand import Demand, demand_from_counts
from services.enrolment.figures.rules.periods import Period
from services.enrolment.models import Activity, Application, Group
from services.enrolment.models.offer import GROUP_SITE
from services.enrolment.models.places import WITHOUT_REQUEST
from shared.dates.clock import midnight
from shared.text import collation_key


@dataclass(frozen=True)
class DemandLine:
    """Applications to one activity at one site, by what became of them."""

    site: str
    activity_id: str
    activity: str
    school_year: str
    demand: Demand


def demand_lines(read: Database, period: Period, reach: Reach) -> list[DemandLine]:
    """
    Return what was asked for in a period, as it is now.

    Renewals and imported places were in no queue: they are no demand.
    """
    columns = (GROUP_SITE, Activity.id, Activity.label, Activity.school_year)
    rows = read.execute(
        select(*columns, Application.state, Application.reason, func.count())
        .select_from(Application)
        .join(Group, Group.id == Application.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .where(
            Application.submitted_at >= midnight(period.first),
            Application.submitted_at < midnight(period.last + timedelta(days=1)),
            Application.channel.not_in(WITHOUT_REQUEST),
            reach.group_within_condition(Group.id),
        )
        .group_by(*columns, Application.state, Application.reason)
    )
    found: dict[tuple[str, str, str, str], list[tuple[str, str, int]]] = {}
    for row in rows:
        found.setdefault(row[:4], []).append(row[4:])
    lines = [DemandLine(*key, demand_from_counts(counted)) for key, counted in found.items()]
    return sorted(lines, key=lambda line: (collation_key(line.site), line.activity))
