"""
Marks go through the queues of events, and a copy's moment is taken by them: however late the broker
counts, whatever is in a hand, and while families write on.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from sqlalchemy import delete, select, text

from deploy.backups.databases.interface import BackupError
from deploy.backups.held_relays import HELD_SECONDS, HeldRelays
from deploy.backups.quiet_moment import events_handled_since_snapshot
from shared.bus.handling.drain_marks import Marks
from shared.bus.lease import return_lease_to_former_holder, seize_lease
from shared.bus.outbox_relay import LEASE, Relay
from shared.contracts.every_service import operations
from shared.database.engines import engine_for_writing, open_engine
from tests.databases import Database
from tests.faults.moments import (
    LONG,
    Taking,
    frozen,
    moments_while_families_write,
    opened,
    read,
    taking,
)
from tests.faults.scene import ALPHA, BETA, EVENTS, Scene, fresh_name
from tests.kit import contracts, models, wire
from tests.kit.town import until

pytestmark = pytest.mark.timeout(240)

SOON = 1.0
OUTBOX = models.Base.metadata.tables["outbox"]


@pytest.fixture
def scene(running: Scene) -> Iterator[Scene]:
    """Give both services, with nothing on its way, before and after the test."""
    running.restore()
    yield running
    running.restore()
    until(lambda: running.waiting() == running.ready() == 0)


@pytest.fixture
def marks(scene: Scene) -> Iterator[Marks]:
    """Give who sends marks to both; the broker knows by now who reads their queues."""
    town = scene.town
    until(lambda: scene.consumers() and scene.consumers(f"in.{ALPHA}.events"))
    with closing(
        Marks(town.settings("ops"), [ALPHA, BETA], town.broker.consumer_tags_by_queue)
    ) as marks:
        assert unsettled(marks, LONG) == {}
        yield marks


@pytest.fixture
def moments(scene: Scene, marks: Marks) -> Iterator[Taking]:
    """Give who takes a moment of both databases."""
    with taking(scene, marks) as found:
        yield found


def unsettled(marks: Marks, seconds: float = SOON) -> dict[str, str]:
    return marks.send_round(seconds).unsettled


@contextmanager
def nothing_is_committed(database: Database) -> Iterator[None]:
    """Let a service hear, and wait at the first row that it would write into its inbox."""
    engine = open_engine(database.owner_url)
    with engine_for_writing(engine).begin() as connection:
        if database.on_postgresql:
            connection.execute(text("LOCK TABLE inbox IN EXCLUSIVE MODE"))
        yield
    engine.dispose()


def tell(scene: Scene, name: str, times: int = 1) -> None:
    """Have alpha tell events, and return when its outbox has forgotten them: they are gone."""
    scene.shout(name, times)
    until(lambda: scene.waiting() == 0)


# A mark


@pytest.mark.both_databases
def test_a_mark_is_answered_once_all_that_came_before_it_is_settled(
    scene: Scene, marks: Marks
) -> None:
    name = fresh_name()
    with nothing_is_committed(scene.databases[BETA]):
        tell(scene, name)
        assert unsettled(marks) == {EVENTS: "its service does not answer"}

    assert unsettled(marks, LONG) == {}
    assert scene.heard(name) == 1


def test_a_mark_leaves_no_trace(scene: Scene, marks: Marks) -> None:
    name, parked = fresh_name(), scene.dead()
    tell(scene, name)
    until(lambda: scene.heard(name))
    before = inbox(scene)

    assert unsettled(marks, LONG) == {}

    assert (inbox(scene), scene.dead()) == (before, parked)


def test_a_mark_that_nobody_waits_for_any_more_is_let_go(scene: Scene, marks: Marks) -> None:
    parked = scene.dead()
    with frozen(*scene.running[BETA]):
        assert set(unsettled(marks)) == {EVENTS}

    assert unsettled(marks, LONG) == {}
    assert (scene.ready(), scene.dead()) == (0, parked)


def test_an_event_that_fails_is_not_settled_until_it_is_parked(scene: Scene, marks: Marks) -> None:
    parked = scene.dead()
    tell(scene, f"fail {fresh_name()}")

    assert unsettled(marks, LONG) == {}

    assert scene.dead() == parked + 1


def test_each_of_two_who_read_a_queue_has_to_answer(scene: Scene, marks: Marks) -> None:
    """Half of what is told lies in the hand of one that is frozen, and the other one answers."""
    name = fresh_name()
    other = scene.start(BETA)
    until(lambda: scene.consumers() == 2)
    assert unsettled(marks, LONG) == {}
    with frozen(other):
        tell(scene, name, 20)
        until(lambda: scene.heard(name))
        assert set(unsettled(marks)) == {EVENTS}

    assert unsettled(marks, LONG) == {}
    assert scene.heard(name) == 20
    scene.end(BETA)


def test_what_lies_in_a_queue_that_nobody_reads_is_not_settled(scene: Scene, marks: Marks) -> None:
    scene.end(BETA)
    until(lambda: scene.consumers() == 0)
    assert unsettled(marks) == {}

    tell(scene, fresh_name())

    assert unsettled(marks) == {EVENTS: "1 in it, nobody reads it"}


def test_a_service_of_a_former_release_is_sent_no_mark(scene: Scene) -> None:
    """A former release would park a mark, as it parks whatever it does not know."""
    scene.end(BETA)
    town, taken = scene.town, list[Any]()
    with (
        wire.Hand(town, BETA).channel() as channel,
        closing(Marks(town.settings("ops"), [BETA], town.broker.consumer_tags_by_queue)) as marks,
    ):
        channel.basic_consume(EVENTS, consumer_tag=EVENTS, callback=taken.append)
        until(lambda: EVENTS in scene.town.broker.consumer_tags_by_queue())
        [words] = unsettled(marks).values()
        channel.basic_qos(0, 1, False)  # a round trip: whatever was sent has come

    keys = [each.delivery_info["routing_key"] for each in taken]  # an event may have waited there
    assert "former release" in words
    assert not [key for key in keys if key.startswith("mark.")]


def test_nobody_but_operations_may_send_a_mark(scene: Scene, marks: Marks) -> None:
    parked = scene.dead()
    forged = wire.fact(ALPHA, operations.acknowledged.full_name, b"{}")

    by_its_key = wire.Hand(scene.town, ALPHA).publish(
        f"out.{ALPHA}", operations.drain_mark_key(EVENTS), forged
    )
    as_an_event = wire.Hand(scene.town, ALPHA).publish(f"out.{ALPHA}", "event.counted", forged)

    assert (by_its_key, as_an_event) == (wire.RETURNED, wire.DONE)
    until(lambda: scene.dead() == parked + 1)  # an event of a type that nobody hears


# The relays held


def test_what_is_told_while_relays_are_held_stays_and_leaves_afterwards(scene: Scene) -> None:
    name = fresh_name()
    with scene.store() as store:
        with HeldRelays({ALPHA: store}).hold_relays():
            for _ in range(3):
                scene.count(name)
            assert scene.waiting() == 3
            assert scene.counted(name) == 0

        until(lambda: scene.counted(name) == 3)


@pytest.mark.both_databases
def test_a_relay_forgets_nothing_that_it_sent_once_the_lease_is_taken_from_it(scene: Scene) -> None:
    name = fresh_name()
    scene.end(ALPHA)
    with scene.store() as store:
        relay = Relay(store, scene.town.settings(ALPHA, scene.databases[ALPHA].url))
        with store.write() as write:
            write.publish(contracts.counted, contracts.Counted(name, 1))
        assert relay._take_or_renew_lease()
        with store.read() as read:
            rows = read.execute(select(OUTBOX)).all()
        outcomes = relay._publish_rows(rows)
        seize_lease(store, LEASE, "a-copy-0", HELD_SECONDS)

        relay._apply_outcomes(rows, outcomes)
        assert not relay.relay_once()

        assert scene.waiting() == 1
        return_lease_to_former_holder(store, LEASE, "a-copy-0", relay._holder)
        assert relay.relay_once()
        assert scene.waiting() == 0
        with store.write() as write:
            write.execute(delete(models.Base.metadata.tables["lease"]))
        relay.stop()
    until(lambda: scene.counted(name) == 1)  # though it was sent twice


# A moment


@pytest.mark.both_databases
def test_every_moment_is_whole_while_families_write_all_the_time(
    scene: Scene, moments: Taking
) -> None:
    found = moments_while_families_write(scene, moments, 5)

    assert [heard for _, heard in found] == [told for told, _ in found]
    assert len({told for told, _ in found}) == len(found)


def test_no_moment_is_taken_while_a_service_is_frozen_and_it_is_said_whose_queue_it_is(
    scene: Scene, moments: Taking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event has just left its outbox, and no figure of the broker's shows it yet."""
    monkeypatch.setattr(
        "deploy.backups.quiet_moment.PATIENCE_SECONDS", 2.0
    )  # the figure, not the code
    name = fresh_name()
    with frozen(*scene.running[BETA]):
        tell(scene, name)
        with pytest.raises(BackupError, match=f"{EVENTS}: its service does not answer"):
            moments.moments.take_moment(0.0, anyway=False)

        lacking = moments.moments.take_moment(0.0, anyway=True)
        assert set(lacking.unsettled) == {EVENTS}
        scene.count(name)  # and nothing is held any longer

    assert moments.moments.take_moment(LONG, anyway=False).is_proven_quiet
    assert (scene.heard(name), scene.counted(name)) == (1, 1)


@pytest.mark.both_databases
def test_what_is_heard_only_after_a_moment_shows(scene: Scene, moments: Taking) -> None:
    name = fresh_name()
    data = moments.data
    with nothing_is_committed(scene.databases[BETA]):
        tell(scene, name)
        for each in data.values():
            each.begin_snapshot()
    until(lambda: scene.heard(name) == 1)

    assert events_handled_since_snapshot(data) == {EVENTS: "1 handled only after it"}


@pytest.mark.both_databases
def test_a_moment_for_which_a_relay_was_not_held_shows(scene: Scene, moments: Taking) -> None:
    """As where the clock of a relay's host is so far ahead that for it the lease has run out."""
    data = moments.data
    with scene.store(ALPHA) as alpha, scene.store(BETA) as beta:
        relays = HeldRelays({ALPHA: alpha, BETA: beta})
        with relays.hold_relays():
            for each in data.values():
                each.begin_snapshot()
            assert relays.were_relays_held(data)

            seize_lease(beta, LEASE, "a-relay-0", HELD_SECONDS)
            for each in data.values():
                each.begin_snapshot()
            assert not relays.were_relays_held(data)
        return_lease_to_former_holder(beta, LEASE, "a-relay-0", None)


def inbox(scene: Scene) -> list[str]:
    with closing(opened(scene, BETA)) as database:
        return sorted(read(database, "SELECT id FROM inbox"))
