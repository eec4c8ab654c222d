"""Rows of a school service of a grown town: children, groups, bookings, questions."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from bench.canteen import open_canteen
from bench.grown.laying import AT_ONCE, lay
from bench.grown.people import Child, Home
from bench.grown.sent_projections import FIRST, Sent
from services.enrolment.children.commands import replica
from services.enrolment.children.rules.replica_row_merge import Item
from services.enrolment.conversations.queries.messages import CONTENT
from services.enrolment.conversations.queries.thread_readers_and_title import TITLE
from services.enrolment.models import (
    Activity,
    Application,
    Booking,
    CardVersion,
    Group,
    Message,
    Place,
    PlaceVersion,
    Session,
    Thread,
    ThreadReader,
)
from services.enrolment.store import store, vault
from shared.database.chunks import chunks
from shared.dates.clock import PARIS, now, today
from shared.runtime.ids import new_id

PROVIDER = "ens"
IN_GROUP, LARGEST_GROUP, DAYS = 47, 165, 15
"""Children of a group, and of the first; days with a meeting, from today."""
THREADS, APPLICATIONS = 1_500, 3_000

Rows = list[dict[str, Any]]


def fill(homes: Sequence[Home]) -> None:
    """Let the children of these homes, who are here, eat, and their parents ask and write."""
    groups = settle(homes)
    _asked(_children(homes), groups)
    _written(homes)


def settle(homes: Sequence[Home]) -> list[str]:
    """Let the children of these homes, who are here, eat; return their groups, largest first."""
    children = _children(homes)
    _write((CardVersion, [_card_of_home(home) for home in homes]))
    groups = _groups(len(children) // IN_GROUP + 1)
    _booked(children, groups)
    return groups


def _children(homes: Sequence[Home]) -> list[tuple[Home, Child]]:
    return [(home, child) for home in homes for child in home.children]


def _card_of_home(home: Home) -> dict[str, Any]:
    return {"household_id": home.id, "version": 1, "digest": "0" * 64, "first_day": today()}


def _write(*kinds: tuple[Any, Rows]) -> None:
    with store.write() as write:
        lay(write, *kinds)


def arrive(sent: Sequence[Sent]) -> None:
    """Store what the dossier sent here as its service does with rows that it reads there."""
    here = [each for each in sent if each.target.provider == PROVIDER]
    arrived: dict[str, list[Item]] = {each.target.projection: [] for each in here}
    for each in here:
        item = Item(each.target.child_id, FIRST["version"], each.content, acknowledged=True)
        arrived[each.target.projection].append(item)
    with store.write() as write:
        replica.store_items(write, vault, arrived, now())


def _groups(count: int) -> list[str]:
    """Make groups of the canteen, each with a meeting on every day, weekends too."""
    with store.write() as write:
        stands = write.scalars(select(Activity.id).where(Activity.code == "canteen")).first()
        activity_id = stands or open_canteen(write)
    ids = [new_id() for _ in range(count)]
    said = {
        "activity_id": activity_id,
        "places": 200,
        "weekdays": "1234567",
        "starts": "11:45",
        "ends": "13:30",
        "first_day": today() - timedelta(days=90),
        "last_day": today() + timedelta(days=200),
    }
    groups = [
        {
            "id": each,
            "label": f"Service {number % 8 + 1}",
            "site": f"École {number // 8 + 1}",
            **said,
        }
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
    given, published, booked = [], [], []
    said = {"state": "booked", "changed_by": "family", "changed_at": now()}
    for number, (home, child) in enumerate(children):
        group = groups[0] if number < LARGEST_GROUP else groups[number % len(groups)]
        place = {
            "id": new_id(),
            "child_id": child.id,
            "group_id": group,
            "weekdays": "1245",
            "valid_from": today() - timedelta(days=60),
        }
        given.append(place)
        published.append(_published(place, home))
        booked += [
            {"session_id": each, "child_id": child.id, "household_id": home.id, **said}
            for each in meetings[group]
        ]
    for some in chunks(given, AT_ONCE):  # of a place its transaction holds a lock
        _write((Place, some))
    _write((PlaceVersion, published), (Booking, booked))


def _published(place: Mapping[str, Any], home: Home) -> dict[str, Any]:
    """Return the row of a place that billing has: `resync` publishes those that it has not."""
    content = {
        "child_id": place["child_id"],
        "household_id": home.id,
        "activity": "canteen",
        "group_id": place["group_id"],
        "valid_from": place["valid_from"].isoformat(),
        "valid_to": None,
        "cancelled": False,
    }
    return {"place_id": place["id"], "version": 1, "activity": "canteen", "content": content}


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
    vault.prepare_keys(ids)
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
