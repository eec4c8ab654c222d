"""
The roll call of a big canteen: 400 children, ten tablets, a network that comes and goes.

A fifth of the posts do not leave, some arrive and are not heard of again (so that they come twice),
and clocks differ by up to an hour. Every child is marked, half of them corrected. At the end all
tablets come back; what was made on them is compared with what the desk keeps and tells.
"""

import json
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from matplotlib.figure import Figure
from sqlalchemy import select

from bench.canteen import Canteen, canteen
from bench.report import Report, below
from bench.tablet import Tablet
from services.enrolment.models import Mark
from services.enrolment.store import store
from shared.database.tables.kit_tables import kit_table

NAME = "rollcall"
GROUPS, CHILDREN = 10, 40
CORRECTED = 0.5
SEED = 20261124

AIMS = (below("marks lost", 1), below("marks doubled", 1), below("quantities wrong", 1))


def run(say: Callable[[str], None]) -> tuple[Report, Callable[[Figure], None]]:
    """Measure, and return the report with how to draw it."""
    say(f"{GROUPS * CHILDREN} children")
    with canteen(GROUPS, CHILDREN) as made:
        tablets = [_tablet(made, number) for number in range(GROUPS)]
        say("ten tablets open, and tick")
        begun = time.perf_counter()
        _at_once(tablets, _calls_the_roll)
        ticked = time.perf_counter() - begun
        say("they come back, and close")
        _at_once(tablets, Tablet.comes_back)
        _at_once(tablets, Tablet.closes)
        figures = _figures(tablets, ticked)
    return Report(NAME, figures, AIMS), lambda figure: _draw(figure, tablets)


def _tablet(made: Canteen, number: int) -> Tablet:
    chance = random.Random(SEED + number)
    skew = timedelta(minutes=chance.uniform(-60, 60))
    return Tablet(made.devices[number], chance, skew=skew)


def _at_once(tablets: Sequence[Tablet], act: Callable[[Tablet], object]) -> None:
    with ThreadPoolExecutor(len(tablets)) as pool:
        list(pool.map(act, tablets))


def _calls_the_roll(tablet: Tablet) -> None:
    children = tablet.opens()
    for child_id in children:
        tablet.ticks(child_id, tablet.chance.choice(("present", "absent")))
    for child_id in children:
        if tablet.chance.random() < CORRECTED:
            tablet.ticks(child_id, tablet.chance.choice(("present", "absent")))


def _figures(tablets: Sequence[Tablet], ticked: float) -> dict[str, float]:
    made = [mark["id"] for tablet in tablets for mark in tablet.made]
    with store.read() as read:
        kept = Counter(read.scalars(select(Mark.id)).all())
    waits = [wait for tablet in tablets for wait in tablet.waits]
    return {
        "children": float(GROUPS * CHILDREN),
        "marks made": float(len(made)),
        "posts that did not leave": float(sum(tablet.cuts for tablet in tablets)),
        "answers lost": float(sum(tablet.lost_answers for tablet in tablets)),
        "marks lost": float(len(set(made) - kept.keys())),
        "marks doubled": float(sum(kept.values()) - len(set(made) & kept.keys())),
        "quantities wrong": float(_wrong(tablets)),
        "marks per second": len(made) / ticked,
        "post p50 s": statistics.median(waits),
        "post p95 s": statistics.quantiles(waits, n=20)[-1],
    }


def _wrong(tablets: Sequence[Tablet]) -> int:
    """Count the children whose line is not what their tablet marked last, and lines too many."""
    expected = {mark["child_id"]: mark["kind"] for tablet in tablets for mark in tablet.made}
    lines = [line for each in _told() for line in each["lines"]]
    told = {line["child_id"]: line["outcome"] for line in lines}
    wrong = sum(told.get(child) != kind for child, kind in expected.items())
    return wrong + len(lines) - len(told)


def _told() -> list[dict]:
    outbox = kit_table(store.metadata, "outbox")
    wanted = select(outbox).where(outbox.c.key == "event.attendance_recorded")
    with store.read() as read:
        return [json.loads(store.unsealed_body(row)) for row in read.execute(wanted)]


def _draw(figure: Figure, tablets: Sequence[Tablet]) -> None:
    axes = figure.subplots()
    waits = sorted(wait for tablet in tablets for wait in tablet.waits)
    axes.step(waits, [(place + 1) / len(waits) for place in range(len(waits))], where="post")
    axes.set_xlabel("seconds until a post is answered")
    axes.set_ylabel("share of posts")
    axes.set_title(f"{len(tablets)} tablets at once")
