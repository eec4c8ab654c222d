"""
A year's figures of a provider as who directs opens them: 1,450 children, the same with years
behind, 25,000. The page counts everything anew each time.
"""

import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import requests
from matplotlib.figure import Figure
from sqlalchemy import insert, select

from bench.canteen import canteen, signs_in_as_lead
from bench.report import Report, below
from services.enrolment.figures.rules.periods import Period, school_year_period
from services.enrolment.models import Activity, Group, SessionTally
from services.enrolment.store import store
from shared.database.chunks import chunks
from shared.dates.clock import today
from shared.runtime.ids import new_id

NAME = "figures"
FEW, MANY, YEARS, TIMES = 1_450, 25_000, 6, 3
IN_GROUP, ACTIVITIES, DAYS = 25, 4, 140
AT_ONCE = 5_000

AIMS = (
    below("a year of 1,450 children s", 2),
    below("a year of 1,450 children s, 6 years behind", 2),
    below("a year of 25,000 children s", 20),
)


def run(say: Callable[[str], None]) -> tuple[Report, Callable[[Figure], None]]:
    """Measure, and return the report with how to draw it."""
    year = school_year_period(today() - timedelta(days=366))
    with canteen(2, 10) as made:
        agent, base = signs_in_as_lead(), made.devices[0].address
        address = f"{base}/chiffres?periode={year.code}"
        say(f"{FEW:,} children")
        groups = _groups(FEW)
        _meet(groups, year)
        few = _seconds(agent, address)
        say(f"{YEARS} years behind")
        for behind in range(1, YEARS + 1):
            _meet(groups, school_year_period(year.first - timedelta(days=360 * behind)))
        flat = _seconds(agent, address)
        say(f"{MANY:,} children")
        _meet(_groups(MANY - FEW), year)
        many = _seconds(agent, address)
    values = dict(zip((aim.figure for aim in AIMS), (few, flat, many), strict=True))
    return Report(NAME, values, AIMS), lambda figure: _draw(figure, values)


def _groups(children: int) -> list[str]:
    """Make the groups of so many children in each of four activities, forty groups at a site."""
    with store.write() as write:
        activity = write.scalars(select(Activity)).first()
        group = write.scalars(select(Group)).first()
        assert activity is not None and group is not None
        made = []
        for number in range(ACTIVITIES * children // IN_GROUP):
            row = {column.key: getattr(group, column.key) for column in Group.__table__.columns}
            site = f"École {number // ACTIVITIES // 10}"
            made.append({**row, "id": new_id(), "reference": None, "site": site})
        for chunk in chunks(made, AT_ONCE):
            write.execute(insert(Group), list(chunk))
    return [str(row["id"]) for row in made]


def _meet(groups: list[str], year: Period) -> None:
    """Write the sums of a year in which each of these groups met on 140 days."""
    days = [year.first + timedelta(days=at) for at in range(2 * DAYS) if at % 2 == 0]
    for day in days:
        with store.write() as write:
            for chunk in chunks(list(_tallies(groups, day)), AT_ONCE):
                write.execute(insert(SessionTally), list(chunk))


def _tallies(groups: list[str], day: date) -> Iterator[dict[str, object]]:
    counts = {"present": 20, "unexpected": 1, "absent": 2, "excused": 2, "cancelled_late": 0}
    ages = {"under_6": 9, "from_6": 12, "from_12": 0, "age_unknown": 0}
    said = {"minutes": 90, "places": 30, "own_meals": 0, **counts, **ages}
    return ({"session_id": new_id(), "group_id": group, "day": day, **said} for group in groups)


def _seconds(agent: requests.Session, address: str) -> float:
    """Return the longest of a few openings; the first one warms up."""
    waits = []
    for _time in range(TIMES + 1):
        begun = time.perf_counter()
        answer = agent.get(address, timeout=120)
        waits.append(time.perf_counter() - begun)
        assert answer.status_code == 200
    return max(waits[1:])


def _draw(figure: Figure, values: dict[str, float]) -> None:
    axes = figure.subplots()
    axes.bar([name.removeprefix("a year of ") for name in values], list(values.values()))
    axes.set_ylabel("seconds until the page is there")
    axes.set_title("a year's figures")
