"""A week of the kitchen: eight schools, each with its children, their diets and allergies."""

import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import requests
from matplotlib.figure import Figure
from sqlalchemy import insert, select, update

from bench.canteen import Canteen, canteen, signs_in_as_lead
from bench.report import Report, below
from services.enrolment.children.commands import replica
from services.enrolment.children.rules.replica_row_merge import Item
from services.enrolment.models import Booking, Group, Session
from services.enrolment.store import store, vault
from shared.database.chunks import chunks
from shared.dates.clock import now, today
from shared.dates.periods import monday_of
from shared.runtime.ids import new_id

NAME = "kitchen"
SCHOOLS, CHILDREN, TIMES = 8, 92, 20
AT_ONCE = 100
MENUS = ("standard", "standard", "standard", "vegetarian", "no_pork")
ALLERGIC = 15
"""One child in so many is allergic."""

AIMS = (below("week's order of eight schools p95 ms", 150),)


def run(say: Callable[[str], None]) -> tuple[Report, Callable[[Figure], None]]:
    """Measure, and return the report with how to draw it."""
    with canteen(SCHOOLS, CHILDREN) as made:
        say("diets and a week of meals")
        _eat_all_week(made)
        say("week")
        agent, base = signs_in_as_lead(), made.devices[0].address
        waits = _opened(agent, f"{base}/cuisine?jour={today().isoformat()}")
    p95 = statistics.quantiles(waits, n=20)[-1]
    figures = {
        "week's order of eight schools p95 ms": p95,
        "week's order of eight schools median ms": statistics.median(waits),
        "meals of the week": float(SCHOOLS * CHILDREN * 5),
    }
    return Report(NAME, figures, AIMS), lambda figure: _draw(figure, waits)


def _eat_all_week(made: Canteen) -> None:
    """Give each school a site, each child a diet, and meals from Monday to Friday."""
    monday = monday_of(today())
    days = [monday + timedelta(days=offset) for offset in range(5)]
    for number, (session_id, children) in enumerate(made.booked.items()):
        with store.write() as write:
            for at, some in enumerate(chunks(children, AT_ONCE)):
                diets = [Item(c, 1, _diet(at + n), None) for n, c in enumerate(some)]
                ills = [Item(c, 1, _allergies(n), None) for n, c in enumerate(some)]
                arrived = {"diet": diets, "allergies": ills}
                replica.store_items(write, vault, arrived, now())
            group = write.scalars(select(Session.group_id).filter_by(id=session_id)).one()
            write.execute(update(Group).where(Group.id == group).values(site=f"École {number + 1}"))
            for day in days:
                if day != today():
                    _book(write, group, day, children)


def _book(write: Any, group: str, day: Any, children: list[str]) -> None:
    moment = now() + (day - today())
    session = Session(
        id=new_id(),
        group_id=group,
        day=day,
        starts_at=moment,
        ends_at=moment + timedelta(hours=1),
        book_until=moment,
        cancel_until=moment,
    )
    write.add(session)
    write.flush()
    rows = [
        {
            "session_id": session.id,
            "child_id": child,
            "household_id": child,
            "state": "booked",
            "reason": "",
            "changed_by": "family",
            "changed_at": now(),
        }
        for child in children
    ]
    write.execute(insert(Booking), rows)


def _diet(number: int) -> dict[str, Any]:
    return {"menu": MENUS[number % len(MENUS)], "without": []}


def _allergies(number: int) -> dict[str, Any]:
    ill = {"substance": "lait", "severity": "severe", "reaction": "", "allergen": "milk"}
    return {"allergies": [] if number % ALLERGIC else [ill]}


def _opened(agent: requests.Session, address: str) -> list[float]:
    waits = []
    for at in range(TIMES + 3):
        begun = time.perf_counter()
        answer = agent.get(address, timeout=60)
        if at >= 3:
            waits.append((time.perf_counter() - begun) * 1000)
        assert answer.status_code == 200
    assert "École 8" in answer.text
    return waits


def _draw(figure: Figure, waits: list[float]) -> None:
    axes = figure.subplots()
    axes.boxplot([waits], tick_labels=["week"])
    axes.set_ylabel("ms until the page is there")
    axes.set_title(f"the kitchen's week: {SCHOOLS} schools, {SCHOOLS * CHILDREN} children")
