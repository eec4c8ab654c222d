"""Closed sessions of a past autumn, with all that may become of a booking, for figures."""

import random
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from services.enrolment.attendance.marks.rules.mark_resolution import ABSENT, LEFT, PRESENT
from services.enrolment.attendance.roll_call.commands import closing
from services.enrolment.models import Session
from services.enrolment.store import store
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.factories import offer
from tests.factories.attendance import a_mark, arrive, at_home, booked
from tests.factories.enrolment import Child, Provider

FIRST, LAST = date(2025, 9, 1), date(2025, 12, 19)
BIRTHS = ("2021-10-07", "2019-11-12", "2018-01-02", "2013-11-03", "2012-05-05")


def children_of(provider: Provider, count: int) -> list[str]:
    """Let children of all ages arrive, each at home; return their ids."""
    children = [
        Child(f"Enfant{number}", "Figure", BIRTHS[number % len(BIRTHS)]) for number in range(count)
    ]
    for child in children:
        provider.receives_child(child)
    with store.write() as write:
        for child in children:
            at_home(write, child.id, new_id())
    return [child.id for child in children]


def an_autumn(
    children: Sequence[str], dice: random.Random, days: int = 12, **more: Any
) -> list[str]:
    """Hold and close sessions of a group, whoever comes; return their ids."""
    with store.write() as write:
        activity = offer.an_activity(
            write,
            school_year="2025-2026",
            **{name: more.pop(name) for name in ("label", "site", "code") if name in more},
        )
        made = offer.a_group(
            write, activity, **{"first_day": FIRST, "last_day": LAST, "weekdays": "1234"} | more
        )
        sessions = list(write.scalars(select(Session.id).filter_by(group_id=made.id)))
    chosen = sorted(dice.sample(sessions, days))
    for session_id in chosen:
        hold(session_id, children, dice)
    return chosen


def hold(session_id: str, children: Sequence[str], dice: random.Random) -> None:
    """Book, excuse, mark and close one session by chance."""
    decisions, marks = {}, []
    with store.write() as write:
        session = write.get_one(Session, session_id)
        for child in children:
            state = dice.choice(["booked"] * 6 + ["late", "excused", "cancelled", ""])
            if state:
                booked(write, session, child, state=state)
            if state == "booked":
                decisions[child] = dice.choice([PRESENT] * 4 + [ABSENT])
            elif dice.random() < 0.2:
                marks.append((child, dice.choice([PRESENT, LEFT])))
        made = [a_mark(session, child, kind) for child, kind in marks]
    arrive(made)
    with store.write() as write:
        closing.close_roll_call(write, session_id, new_id(), decisions, now())
