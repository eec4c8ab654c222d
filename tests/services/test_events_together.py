"""Events that arrive together are stored together, and end as if each had come alone."""

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import select

from services.enrolment.children.queries.contents import contents_of_projection
from services.enrolment.models import ChildGuardian, StoredProjection
from services.enrolment.service import EnrolmentService
from services.enrolment.store import store, vault
from shared.bus.handling.envelope import Envelope
from shared.bus.handling.subscriptions import Subscriptions
from shared.bus.service_declarations import register_rows_of
from shared.contracts.dossier.sharing import projections
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import enrolment as make
from tests.factories.enrolment import Child, Provider, item
from tests.factories.register import demo_rows

pytestmark = pytest.mark.both_databases

CHILDREN = 5
PROJECTIONS = ("care_core", "diet", "allergies", "family")

Sent = tuple[int, str, int, str]
"""One child's projection: the child, the projection, its version, and what became of it."""


@pytest.fixture
def ens(database: Database, tmp_path: Path) -> Iterator[Provider]:
    """Give the school service as the register of a running town knows it."""
    answers, subscribes = register_rows_of([EnrolmentService])
    rows = demo_rows([*answers, *subscribes])
    with make.provider_on(database, tmp_path, rows=rows) as provider:
        yield provider


def envelope(projection: str, *items: dict[str, Any]) -> Envelope:
    """Return an event of the dossier as the broker delivers it."""
    sent = projections.projection.dump(projections.ProjectionSent(projection, list(items)))
    return Envelope(
        "dossier",
        f"event.enrolment_ens.{projection}",
        projections.projection.full_name,
        projections.projection.version,
        new_id(),
        {},
        json.dumps(sent).encode(),
    )


def broken(child: Child) -> Envelope:
    """Return what fits its contract, and cannot be stored: a care core without a birth date."""
    core = child.care_core()
    del core["birth_date"]
    return envelope("care_core", item(child.id, 1, core))


def drawn_history(chance: random.Random) -> list[Sent]:
    """Draw what the dossier sends of some children: contents, ends at once and ends to come."""
    history: list[Sent] = []
    versions: Counter[tuple[int, str]] = Counter()
    for _ in range(60):
        key = chance.randrange(CHILDREN), chance.choice(PROJECTIONS)
        versions[key] += 1
        kind = chance.choice(["told", "told", "told", "empty", "ended", "ends later"])
        history.append((*key, versions[key], kind))
    return history


def event_of(sent: Sent, children: Sequence[Child]) -> Envelope:
    number, projection, version, kind = sent
    child = children[number]
    living = {"subject": child.id, "household": child.id}
    contents = {
        "care_core": child.care_core(note=version),
        "diet": make.diet("vegetarian", str(version)) if kind == "told" else make.diet(None),
        "allergies": make.allergies(str(version)) if kind == "told" else make.allergies(),
        "family": {"guardians": [living] if kind == "told" else [], "weeks": None},
    }
    content = contents[projection] if kind in ("told", "empty") else None
    until = now() + timedelta(hours=24) if kind == "ends later" else None
    return envelope(projection, item(child.id, version, content, until))


def outcome(provider: Provider, children: Sequence[Child]) -> tuple[Any, ...]:
    """Return what is stored of these children, and what was published of each of their rows."""
    number = {child.id: place for place, child in enumerate(children)}
    with store.read() as read:
        rows = read.scalars(select(StoredProjection)).all()
        guardians = read.scalars(select(ChildGuardian.child_id)).all()
    answered_for = sorted(number[each] for each in guardians if each in number)
    stored = sorted(
        (
            *(number[row.child_id], row.projection, row.version),
            *(row.content is None, row.erased_at is None, row.to_see, row.seen_version),
        )
        for row in rows
        if row.child_id in number
    )
    held = Counter(
        (number[state["child_id"]], event["projection"], state["received_version"])
        for event in provider.published("projection_held")
        for state in event["items"]
        if state["child_id"] in number
    )
    erased = Counter(
        (number[each["child_id"]], each["projection"], each["version"])
        for each in provider.published("projection_erased")
        if each["child_id"] in number
    )
    return stored, answered_for, held, erased


@pytest.mark.parametrize("seed", range(3))
def test_batches_end_as_if_each_event_had_come_alone(ens: Provider, seed: int) -> None:
    chance = random.Random(seed)
    history = drawn_history(chance)
    alone, together = ([Child() for _ in range(CHILDREN)] for _ in range(2))
    hearing = Subscriptions(ens.service)

    for sent in history:
        assert hearing.handle([event_of(sent, alone)]) == {}
    events = [event_of(sent, together) for sent in history]
    start = 0
    while start < len(events):
        end = start + chance.randint(1, 25)
        again = [chance.choice(events[:end])] if chance.random() < 0.5 else []
        assert hearing.handle([*again, *events[start:end]]) == {}
        start = end

    assert outcome(ens, together) == outcome(ens, alone)


def test_one_that_cannot_be_stored_holds_up_none_beside_it(ens: Provider) -> None:
    children = [Child(first_name=f"Enfant {number}") for number in range(9)]
    events = [envelope("care_core", item(child.id, 1, child.care_core())) for child in children]
    events.insert(4, broken(Child()))
    hearing = Subscriptions(ens.service)

    failures = hearing.handle(events)

    assert {place: type(error) for place, error in failures.items()} == {4: KeyError}
    assert sorted(ens.entries()) == sorted((child.id, "care_core", 1) for child in children)
    assert list(hearing.handle(events)) == [4]
    states = [state for event in ens.published("projection_held") for state in event["items"]]
    assert len(states) == len(children)


def test_an_end_that_is_rolled_back_with_its_batch_comes_all_the_same(ens: Provider) -> None:
    """The key was destroyed before the batch failed: what is stored afterwards has another."""
    back, gone = Child(), Child()
    hearing = Subscriptions(ens.service)
    hearing.handle([envelope("diet", item(each.id, 1, make.diet())) for each in (back, gone)])

    failures = hearing.handle(
        [
            envelope("diet", item(back.id, 2, None)),
            envelope("diet", item(back.id, 3, make.diet("standard"))),
            broken(Child()),
            envelope("diet", item(gone.id, 2, None)),
        ]
    )

    assert list(failures) == [2]
    with store.read() as read:
        contents = contents_of_projection(read, vault, "diet", [back.id, gone.id])
    assert contents == {back.id: make.diet("standard")}
    ended = {(each["child_id"], each["version"]) for each in ens.published("projection_erased")}
    assert ended == {(back.id, 2), (gone.id, 2)}


def test_fifty_events_take_a_handful_of_statements(ens: Provider) -> None:
    children = [Child(first_name=f"Enfant {number}") for number in range(25)]
    hearing = Subscriptions(ens.service)
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    def arrives(some: Sequence[Child]) -> int:
        contents = [(child, "care_core", child.care_core()) for child in some]
        contents += [(child, "diet", make.diet()) for child in some]
        statements.clear()
        hearing.handle([envelope(each, item(child.id, 1, told)) for child, each, told in contents])
        return len(statements)

    arrives([Child()])
    sqlalchemy_event.listen(store.engine, "before_cursor_execute", note)
    one = arrives([Child()])

    assert arrives(children) <= one + 2
