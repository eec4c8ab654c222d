"""
Time for which an agent waits at a desk, with years of days gone by behind its pages.

`planning`: a group of 165 children on five days, opened again and again.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial

import requests
from matplotlib.figure import Figure
from sqlalchemy import insert

from bench.canteen import Canteen, canteen, signs_in_as_lead
from bench.report import Report, below
from services.enrolment.models import Booking, Mark, Session
from services.enrolment.store import store
from shared.dates.clock import midnight, now, today
from shared.runtime.ids import new_id

NAME = "desk"
CHILDREN, TIMES = 165, 40
YEARS = (1, 6)
"""Years behind the page, first and last; it must not be slower for the last."""
DAYS_OF_A_YEAR = 140

AIMS = (
    below("planning median ms, 1 year", 150),
    below("planning median ms, 6 years", 150),
    below("planning kB", 60),
    below("planning slower after 6 years", 1.25),
)

Waits = dict[int, list[float]]
"""Milliseconds of each answer, by the years behind it."""


def run(say: Callable[[str], None]) -> tuple[Report, Callable[[Figure], None]]:
    """Measure, and return the report with how to draw it."""
    with canteen(1, CHILDREN) as made:
        agent = signs_in_as_lead()
        waits, size = _planning(made, agent, say)
    return Report(NAME, _figures(waits, size), AIMS), partial(_draw, waits=waits)


def _planning(
    made: Canteen, agent: requests.Session, say: Callable[[str], None]
) -> tuple[Waits, int]:
    """Open the week of the group with few years behind it, and with many; return its bytes too."""
    (session_id,), (children,) = made.booked, made.booked.values()
    with store.read() as read:
        group_id = read.get_one(Session, session_id).group_id
    monday = today() + timedelta(days=7 - today().weekday())
    _add_days(group_id, children, [monday + timedelta(days=at) for at in range(5)], marked=False)
    address = f"{made.devices[0].address}/planning?groupe={group_id}&semaine={monday}"
    waits, size, behind = {}, 0, 0
    for years in YEARS:
        say(f"planning with {years} years behind it")
        gone_by = range(behind * DAYS_OF_A_YEAR + 1, years * DAYS_OF_A_YEAR + 1)
        _add_days(group_id, children, [monday - timedelta(days=7 + at) for at in gone_by])
        behind = years
        waits[years], size = _opened(agent, address)
    return waits, size


def _opened(agent: requests.Session, address: str) -> tuple[list[float], int]:
    waits, size = [], 0
    for at in range(TIMES + 5):
        begun = time.perf_counter()
        answer = agent.get(address, timeout=30)
        if at >= 5:  # the first ones warm up
            waits.append((time.perf_counter() - begun) * 1000)
        assert answer.status_code == 200
        assert answer.text.count("type=checkbox name=child") == CHILDREN
        size = len(answer.content)
    return waits, size


def _add_days(
    group_id: str, children: Sequence[str], days: Sequence[date], *, marked: bool = True
) -> None:
    """Add sessions for which all are booked, and where days are gone by, present."""
    for day in days:
        starts = midnight(day) + timedelta(hours=12)
        session_id = new_id()
        with store.write() as write:
            write.add(_session(session_id, group_id, day, starts))
            write.flush()
            write.execute(insert(Booking), [_booking(session_id, each) for each in children])
            if marked:
                write.execute(insert(Mark), [_mark(session_id, each, starts) for each in children])


def _session(session_id: str, group_id: str, day: date, starts: datetime) -> Session:
    return Session(
        id=session_id,
        group_id=group_id,
        day=day,
        starts_at=starts,
        ends_at=starts + timedelta(hours=2),
        book_until=starts - timedelta(days=1),
        cancel_until=starts - timedelta(days=1),
    )


def _booking(session_id: str, child_id: str) -> dict[str, object]:
    return {
        "session_id": session_id,
        "child_id": child_id,
        "household_id": child_id,
        "state": "booked",
        "reason": "",
        "changed_by": "place",
        "changed_at": now(),
    }


def _mark(session_id: str, child_id: str, at: datetime) -> dict[str, object]:
    return {
        "id": new_id(),
        "session_id": session_id,
        "child_id": child_id,
        "kind": "present",
        "after": [],
        "made_at": at,
        "received_at": at,
        "device_id": child_id,
        "subject": child_id,
    }


def _figures(waits: Waits, size: int) -> dict[str, float]:
    medians = {years: statistics.median(waits[years]) for years in YEARS}
    first, last = medians.values()
    return {
        **{f"planning median ms, {_behind(years)}": medians[years] for years in YEARS},
        **{
            f"planning p95 ms, {_behind(years)}": statistics.quantiles(waits[years], n=20)[-1]
            for years in YEARS
        },
        "planning slower after 6 years": last / first,
        "planning kB": size / 1000,
    }


def _behind(years: int) -> str:
    return f"{years} year" if years == 1 else f"{years} years"


def _draw(figure: Figure, waits: Waits) -> None:
    axes = figure.subplots()
    axes.boxplot(list(waits.values()), tick_labels=[f"{years} years" for years in waits])
    axes.set_ylabel("ms until the page is there")
    axes.set_title(f"the week of a group of {CHILDREN} children")
