"""
Events of one service in several processes at once: each child's stay in order, whoever dies.

A subscriber counts what it heard of a child, and each time that this was not the next one.
"""

import json
import random
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from functools import partial
from typing import Any

import pytest
from amqp.basic_message import Message
from sqlalchemy import text as sql

from deploy.engines.broker_topology import Binding
from deploy.engines.rabbitmq_node import BrokerError, BrokerNode
from deploy.provisioning.apply import topology_of_both
from deploy.provisioning.changed_event_queue_count import (
    NotDrained,
    cut_off_queues,
    drain_former_queues,
    former_queues,
    topology_without_cut_bindings,
)
from shared.bus.broker.event_consumer import Copy, EventConsumer
from shared.bus.handling.drain_marks import MARKED, Marks
from shared.database.engines import engine_for_writing, open_engine
from shared.register.queues import events_queues
from tests.faults.copies import COUNT, NOTHING, disturb, start_copies, start_copy, tell_meanwhile
from tests.faults.scene import ALPHA, BETA, EVENTS, Scene, fresh_name, scene_on
from tests.faults.steps import Steps
from tests.kit import contracts
from tests.kit.town import until
from tests.kit.wire import admin

pytestmark = pytest.mark.timeout(900)

QUEUES = events_queues(BETA, COUNT)
ACTIVE = (
    "[{binary_to_list(element(4, proplists:get_value(queue_name, C))),"
    " pid_to_list(proplists:get_value(channel_pid, C))} || C"
)
"""Begins a list of each consumer's queue and channel, in Erlang."""


@pytest.fixture(scope="module")
def scene(
    scene_kind: str,
    request: pytest.FixtureRequest,
    node: BrokerNode,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Scene]:
    """Give alpha, and beta whose events are shared out to four queues."""
    folder = tmp_path_factory.mktemp("lanes")

    def cluster() -> Any:
        return request.getfixturevalue("cluster")

    with scene_on(scene_kind, node, folder, cluster, event_queues=COUNT) as scene:
        yield scene


@pytest.fixture
def steps(scene: Scene) -> Iterator[Steps]:
    """Give who tells of thirty children."""
    with scene.store() as store:
        yield Steps(scene, store, [fresh_name() for _ in range(30)])


def readers(scene: Scene) -> dict[str, str]:
    """Return which connection is the active reader of each queue."""
    asked = f'rabbit_amqqueue:consumers_all(<<"{scene.town.vhost}">>)'
    listed = scene.node.evaluate_erlang(f"{ACTIVE} <- {asked}, proplists:get_value(active, C)]")
    return dict(re.findall(r'\{"([^"]+)", "([^"]+)"\}', listed))


def readers_of_all(scene: Scene, processes: int) -> bool:
    """Return whether so many processes read the queues, as many queues each."""
    active = {queue: channel for queue, channel in readers(scene).items() if queue in QUEUES}
    shares = sorted(list(active.values()).count(each) for each in set(active.values()))
    return shares == [COUNT // processes] * processes


def test_processes_share_the_queues_out_and_a_dead_ones_go_to_the_others(
    scene: Scene, steps: Steps
) -> None:
    start_copies(scene)
    until(lambda: readers_of_all(scene, COUNT), 60)
    steps.tell(random.Random(1), 200)
    steps.wait_until_heard()

    scene.running[BETA].pop().kill()
    steps.tell(random.Random(2), 200)
    steps.wait_until_heard()
    start_copy(scene, COUNT)

    until(lambda: readers_of_all(scene, COUNT), 60)
    assert steps.faults() == NOTHING


@pytest.mark.both_databases
def test_each_childs_events_stay_in_order_while_processes_die_and_come(
    scene: Scene, steps: Steps
) -> None:
    tell_meanwhile(scene, steps, disturb, rounds=12, seed=random.randrange(10**6))


@pytest.mark.nightly
def test_each_childs_events_stay_in_order_all_night(scene: Scene, steps: Steps) -> None:
    tell_meanwhile(scene, steps, disturb, rounds=200, seed=random.randrange(10**6))


def test_an_event_that_kills_is_parked_alone_and_all_beside_it_is_heard(scene: Scene) -> None:
    start_copies(scene, 1)
    name, parked = fresh_name(), scene.dead()
    with scene.store() as store, store.write() as write:
        for number in range(40):
            text = f"{name} {'die' if number == 20 else number}"
            write.publish(contracts.addressed, contracts.Addressed(text), to=BETA, topic="core")

    def settled_by_one_that_is_started_again() -> bool:
        if scene.running[BETA][0].poll() is not None:
            start_copies(scene, 1)
        return scene.heard(name) == 39 and scene.dead() > parked

    until(settled_by_one_that_is_started_again, 240)
    assert scene.dead() == parked + 1


def test_an_event_that_arrives_while_a_connection_begins_can_be_rejected_by_who_is_given_it(
    scene: Scene,
) -> None:
    """Its rejection was dropped, and an acknowledgement of later ones stood for it: it was lost."""
    scene.end(BETA)
    name, parked = fresh_name(), scene.dead()
    tell(scene, name, 20)
    given = list[Message]()

    def reject(message: Message) -> None:
        consumer.reject(message)
        given.append(message)

    class SlowlyRead(tuple[str, ...]):
        """Queues of which each has sent all that it holds before the next one is consumed."""

        def __iter__(self) -> Iterator[str]:
            for queue in super().__iter__():
                yield queue
                until(lambda left=queue: scene.ready(left) == 0)

    uri, queues = scene.town.amqp_uri(BETA), SlowlyRead(sorted(QUEUES, key=scene.ready)[::-1])
    consumer = EventConsumer(uri, lambda: queues, 30, reject, suffix=MARKED, copy=Copy())
    with ThreadPoolExecutor(1) as pool, closing(consumer):
        pool.submit(consumer.run)
        until(lambda: len(given) == 20)
        until(lambda: scene.dead() == parked + 20)


@pytest.mark.both_databases
def test_no_event_is_parked_that_waits_for_the_database_while_its_connection_is_lost_again(
    scene: Scene,
) -> None:
    """Each lost connection gives back what is in hand: that is no try that a process died of."""
    start_copies(scene, 1)
    name, parked = fresh_name(), scene.dead()
    hear(scene, f"{name} before", 1)

    with holding_what_was_heard(scene):
        tell(scene, f"{name} during", 8)
        for _time in range(7):
            lose_connection(scene)

    until(lambda: scene.heard(f"{name} during") == 8, 60)
    hear(scene, f"{name} after", 20)
    assert scene.dead() == parked


def lose_connection(scene: Scene) -> None:
    """Have beta lose its connection, and wait until all is in its hand again by another."""
    before = readers(scene)

    def read_anew() -> bool:
        try:
            now = readers(scene)
        except BrokerError:  # it does not let itself be asked for a moment
            return False
        if any(now.get(queue) == before[queue] for queue in QUEUES):  # whatever else is read anew
            scene.town.broker.close_connections(BETA)  # which lists a new one a little later
        return all(now.get(queue) not in (None, before[queue]) for queue in QUEUES)

    until(read_anew, 60)
    until(lambda: sum(map(scene.ready, QUEUES)) == 0)


def tell(scene: Scene, text: str, times: int) -> None:
    """Have alpha tell beta so many events, and wait until they have left."""
    with scene.store() as store, store.write() as write:
        for number in range(times):
            content = contracts.Addressed(f"{text} {number}")
            write.publish(contracts.addressed, content, to=BETA, topic="core")
    until(lambda: scene.waiting() == 0)


def hear(scene: Scene, text: str, times: int) -> None:
    """Tell beta so many events, and wait until it has heard them."""
    tell(scene, text, times)
    until(lambda: scene.heard(text) == times, 60)


@contextmanager
def holding_what_was_heard(scene: Scene) -> Iterator[None]:
    """Let each write of what beta heard wait, as behind a long transaction of another."""
    engine = open_engine(scene.databases[BETA].owner_url)
    try:
        with engine_for_writing(engine).begin() as connection:  # of SQLite, with its one lock
            if engine.dialect.name == "postgresql":
                connection.execute(sql("LOCK TABLE heard"))
            yield
    finally:
        engine.dispose()


def test_a_mark_goes_through_each_queue_and_tells_whose_events_are_not_handled(
    scene: Scene, steps: Steps
) -> None:
    start_copies(scene, 2)
    until(lambda: readers_of_all(scene, 2), 60)
    town = scene.town
    with closing(
        Marks(town.settings("ops"), [ALPHA, BETA], town.broker.consumer_tags_by_queue)
    ) as marks:
        settled = until(lambda: (found := marks.send_round(30)).unsettled == {} and found, 60)
        assert set(settled.hands) == {*QUEUES, *events_queues(ALPHA, 1)}

        scene.end(BETA)
        until(lambda: not any(map(scene.consumers, QUEUES)))  # a mark would be left in a queue
        steps.tell(random.Random(3), 300)
        until(lambda: scene.waiting() == 0)

        assert set(marks.send_round(1).unsettled) == set(QUEUES)


def test_a_change_that_was_ended_goes_on_where_it_was_and_no_event_is_lost(
    scene: Scene, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    town, draw = scene.town, random.Random(5)
    before, broker = town.topology(), town.broker
    scene.end(BETA)
    town.share_events(2)
    wanted = town.topology()
    both = topology_of_both(before, wanted)
    broker.apply_topology(
        topology_without_cut_bindings(broker, both, before, wanted), town.passwords
    )
    unbind = broker.unbind

    def unbind_and_tell(binding: Binding) -> None:
        unbind(binding)
        steps.tell(draw, 60)
        until(lambda: scene.waiting() == 0)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(broker, "unbind", unbind_and_tell)
        cut_off_queues(broker, former_queues(before, wanted))
    found = children_by_queue(scene)
    assert {len(queues) for queues in found.values()} == {1}

    broker.apply_topology(
        topology_without_cut_bindings(broker, both, before, wanted), town.passwords
    )
    steps.tell(draw, 60)
    with pytest.raises(NotDrained, match="say 2 of it"):
        topology_without_cut_bindings(broker, before, before, before)
    monkeypatch.setattr("deploy.provisioning.changed_event_queue_count.UNREAD_SECONDS", 0.0)
    with pytest.raises(NotDrained, match="does not run"):
        drain_former_queues(broker, before, wanted, undo=pytest.fail)
    monkeypatch.undo()
    start_copies(scene, 2)
    until(lambda: readers_of_all(scene, 2), 60)
    drain_former_queues(broker, before, wanted, undo=pytest.fail)
    town.apply()

    steps.wait_until_heard()

    assert steps.faults() == NOTHING


def children_by_queue(scene: Scene) -> dict[str, set[str]]:
    """Return in which of the queues events of each child lie; they are given back."""
    found: dict[str, set[str]] = {}

    def note(queue: str, message: Message) -> None:
        found.setdefault(json.loads(message.body)["child"], set()).add(queue)

    with admin(scene.town).channel() as channel:
        for queue in QUEUES:
            channel.basic_consume(queue, callback=partial(note, queue))
        with suppress(TimeoutError):
            while True:
                channel.connection.drain_events(timeout=2)
    return found


def test_more_queues_come_while_all_runs_and_no_event_overtakes_another(
    scene: Scene, steps: Steps
) -> None:
    start_copies(scene, 2)
    draw = random.Random(4)

    def read(count: int) -> None:
        """Wait until the queues are read: who reads none yet would look for those to come."""
        queues = set(events_queues(BETA, count))
        until(lambda: queues <= scene.town.broker.count_consumers_by_queue().keys(), 60)

    read(scene.town.event_queues)
    for count in (3, COUNT):
        before = scene.town.topology()
        scene.town.share_events(count)
        wanted = scene.town.topology()
        steps.tell(draw, 200)
        both = topology_of_both(before, wanted)
        scene.town.broker.apply_topology(
            topology_without_cut_bindings(scene.town.broker, both, before, wanted),
            scene.town.passwords,
        )
        steps.tell(draw, 200)
        drain_former_queues(scene.town.broker, before, wanted, undo=pytest.fail)
        steps.tell(draw, 200)
        scene.town.apply()
        read(count)

    steps.wait_until_heard()

    assert steps.faults() == NOTHING
    mine = [
        queue for queue in scene.town.broker.count_messages_by_queue() if queue.startswith(EVENTS)
    ]
    assert sorted(mine) == QUEUES
