"""Rows of a school service of a grown town: children, groups, bookings, questions."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import insert, select

from bench.grown.people import Child, Home
from services.enrolment.children.queries.contents import sealing_place
from services.enrolment.children.rules.search import search_text
from services.enrolment.conversations.queries.messages import CONTENT
from services.enrolment.conversations.queries.threads import TITLE
from services.enrolment.models import (
    Activity,
    Application,
    Booking,
    ChildCard,
    ChildGuardian,
    ChildKey,
    Group,
    Message,
    Place,
    Session,
    StoredProjection,
    Thread,
    ThreadReader,
)
from services.enrolment.store import store, vault
from shared.dates.clock import PARIS, now, today
from shared.runtime.ids import new_id

GROUPS, DAYS = 320, 15
"""Ten times the groups of the large demonstration's canteen; days with a meeting, from today."""
THREADS, APPLICATIONS = 1_500, 3_000
AT_ONCE = 5_000

Rows = list[dict[str, Any]]


def fill(homes: Sequence[Home]) -> None:
    """Let the children of these homes eat here, and their parents ask and write."""
    children = [(home, child) for home in homes for child in home.children]
    _arrived(children)
    groups = _groups()
    _booked(children, groups)
    _asked(children, groups)
    _written(homes)


def _write(*kinds: tuple[Any, Rows]) -> None:
    with store.write() as write:
        for table, rows in kinds:
            for start in range(0, len(rows), AT_ONCE):
                write.execute(insert(table), rows[start : start + AT_ONCE])


def _arrived(children: Sequence[tuple[Home, Child]]) -> None:
    keys = {child.id: new_id() for _, child in children}
    vault.prepare(keys.values())
    core = _care_core()
    held = {"version": 1, "received_at": now(), "to_see": False}
    replica = []
    for _, child in children:
        said = core | {
            "first_name": child.first_name,
            "last_name": child.last_name,
            "birth_date": child.birth_date.isoformat(),
        }
        sealed = vault.seal(keys[child.id], sealing_place("care_core"), said)
        replica.append({"child_id": child.id, "projection": "care_core", "content": sealed, **held})
    guardians = [
        {"child_id": child.id, "subject": who, "household_id": home.id}
        for home, child in children
        for who, _ in home.adults
    ]
    _write(
        (ChildKey, [{"child_id": child_id, "key_id": key} for child_id, key in keys.items()]),
        (ChildCard, [_card(child) for _, child in children]),
        (ChildGuardian, guardians),
        (StoredProjection, replica),
    )


def _care_core() -> dict[str, Any]:
    """Return what stands in a care core here, of any child that has come by the bus."""
    with store.read() as read:
        row = read.execute(
            select(StoredProjection, ChildKey.key_id)
            .join(ChildKey, ChildKey.child_id == StoredProjection.child_id)
            .where(
                StoredProjection.projection == "care_core", StoredProjection.content.is_not(None)
            )
            .limit(1)
        ).one()
    return dict(vault.open(row.key_id, sealing_place("care_core"), row.StoredProjection.content))


def _card(child: Child) -> dict[str, Any]:
    names = {name: getattr(child, name) for name in ("first_name", "last_name", "birth_date")}
    return {"child_id": child.id, "search": search_text(*names.values()), **names}


def _groups() -> list[str]:
    """Make groups of the canteen, each with a meeting on every day, weekends too."""
    with store.read() as read:
        activity = read.scalars(select(Activity).where(Activity.code == "canteen").limit(1)).one()
    ids = [new_id() for _ in range(GROUPS)]
    said = {
        "activity_id": activity.id,
        "places": 60,
        "weekdays": "1234567",
        "starts": "11:45",
        "ends": "13:30",
        "first_day": today() - timedelta(days=90),
        "last_day": today() + timedelta(days=200),
    }
    groups = [
        {"id": each, "label": f"École {number // 8 + 1}, service {number % 8 + 1}", **said}
        for number, each in enumerate(ids)
    ]
    _write((Group, groups), (Session, [_session(each, day) for each in ids for day in range(DAYS)]))
    return ids


def _session(group_id: str, in_days: int) -> dict[str, Any]:
    day = today() + timedelta(days=in_days)
    starts = datetime.combine(day, time(11, 45), PARIS)
    times = {"starts_at": starts, "ends_at": starts + timedelta(minutes=105)}
    until = starts - timedelta(days=1)
    days = {"day": day, "book_until": until, "cancel_until": until}
    return {"id": new_id(), "group_id": group_id, **days, **times}


def _booked(children: Sequence[tuple[Home, Child]], groups: Sequence[str]) -> None:
    with store.read() as read:
        found = select(Session.group_id, Session.id).where(Session.group_id.in_(groups))
        meetings: dict[str, list[str]] = {}
        for group_id, session_id in read.execute(found):
            meetings.setdefault(group_id, []).append(session_id)
    given, booked = [], []
    said = {"state": "booked", "changed_by": "family", "changed_at": now()}
    for number, (home, child) in enumerate(children):
        group = groups[number % len(groups)]
        given.append(
            {
                "id": new_id(),
                "child_id": child.id,
                "group_id": group,
                "weekdays": "1245",
                "valid_from": today() - timedelta(days=60),
            }
        )
        booked += [
            {"session_id": each, "child_id": child.id, "household_id": home.id, **said}
            for each in meetings[group]
        ]
    _write((Place, given), (Booking, booked))


def _asked(children: Sequence[tuple[Home, Child]], groups: Sequence[str]) -> None:
    said = {"channel": "portal", "link_version": 1, "submitted_at": now()}
    rows = [
        {
            "id": new_id(),
            "child_id": child.id,
            "group_id": groups[number % 7],
            "subject": home.adults[0][0],
            "household_id": home.id,
            "state": ("deciding", "waiting")[number % 2],
            **said,
        }
        for number, (home, child) in enumerate(children[:APPLICATIONS])
    ]
    _write((Application, rows))


def _written(homes: Sequence[Home]) -> None:
    ids = [new_id() for _ in homes[:THREADS]]
    vault.prepare(ids)
    said = {"kind": "question", "opened_at": now(), "last_at": now(), "last_side": "family"}
    marks = {"messages": 1, "to_answer": True, "seen_to": 0, "version": 1}
    threads, messages, readers = [], [], []
    for thread_id, home in zip(ids, homes, strict=False):
        who, name = home.adults[0]
        title = vault.seal(thread_id, TITLE, "La cantine de la semaine prochaine")
        row = {"id": thread_id, "household_id": home.id, "title": title}
        threads.append(row | said | marks)
        content = {"name": name, "role": "", "body": "Bonjour, " + "une question. " * 20}
        sealed = vault.seal(thread_id, CONTENT, content)
        messages.append(
            {
                "thread_id": thread_id,
                "number": 1,
                "side": "family",
                "author": who,
                "content": sealed,
                "at": now(),
            }
        )
        readers.append(
            {"thread_id": thread_id, "subject": who, "read_to": 1, "own_since": 0, "reads": True}
        )
    _write((Thread, threads), (Message, messages), (ThreadReader, readers))
