"""Telling and hearing: nothing is lost, nothing happens twice, whatever is killed."""

import json
import os
import random
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from amqp.basic_message import Message
from sqlalchemy import select

from shared.database import Write
from tests.faults.scene import ALPHA, BETA, EVENTS, Scene, Tap, fresh_name, tapped
from tests.kit import contracts, models
from tests.kit.town import until
from tests.kit.wire import Hand, admin
from tests.night import size

ROUNDS = size(6, at_night=20)


# Committed, and only then


@pytest.mark.both_databases
def test_what_a_rolled_back_transaction_told_is_told_to_nobody(scene: Scene) -> None:
    name = fresh_name()
    with scene.store() as store:
        with pytest.raises(ZeroDivisionError), store.write() as write:
            write.publish(contracts.counted, contracts.Counted(name, 1))
            raise ZeroDivisionError
        assert scene.waiting() == 0

        with store.write() as write:
            write.publish(contracts.counted, contracts.Counted(name, 2))
            with pytest.raises(ZeroDivisionError), write.savepoint():
                write.publish(contracts.counted, contracts.Counted(name, 3))
                raise ZeroDivisionError

    until(lambda: scene.counted(name))
    until(scene.is_quiet)
    assert scene.counted(name) == 1


@pytest.mark.both_databases
def test_what_was_committed_is_told_once(scene: Scene) -> None:
    name, tap = fresh_name(), Tap(scene, "event.counted")

    totals = [scene.count(name) for _ in range(10)]

    until(lambda: scene.counted(name) == 10)
    assert totals == list(range(1, 11))
    assert tap.seen() == 10
    tap.close()


@pytest.mark.both_databases
def test_every_message_three_times_and_shuffled_has_each_effect_once(scene: Scene) -> None:
    seed, name = _seed(), fresh_name()
    scene.end(BETA)
    for _ in range(40):
        scene.count(name)
    scene.shout(name, 60)
    until(lambda: scene.ready() == 100)

    copies = admin(scene.town).take_all(EVENTS) * 3
    random.Random(seed).shuffle(copies)
    _send_again(scene, copies)
    scene.restore()

    until(scene.is_quiet)
    assert (scene.counted(name), scene.heard(name)) == (40, 60)


def _send_again(scene: Scene, messages: list[Any]) -> None:
    """Publish messages as they are, in the name of their sender."""
    with Hand(scene.town, ALPHA).channel() as channel:
        for each in messages:
            copy = Message(each.body, **each.properties)
            channel.basic_publish(copy, f"out.{ALPHA}", each.delivery_info["routing_key"])
        channel.basic_qos(0, 1, False)  # a round trip: all of it has arrived


# Killed at every step


@pytest.mark.parametrize(
    ("victim", "step"),
    [
        (ALPHA, "insert_to_commit"),
        (ALPHA, "before_publish"),
        (ALPHA, "after_publish"),
        (BETA, "before_commit"),
        (BETA, "after_commit"),
    ],
)
@pytest.mark.both_databases
def test_killed_at_every_step_nothing_is_lost_or_doubled(
    scene: Scene, victim: str, step: str
) -> None:
    name = fresh_name()
    scene.end(victim)
    marks = scene.start_killing(victim, step)
    tap = Tap(scene, "event.counted")

    for number in range(1, ROUNDS + 1):
        assert scene.count(name) == number
        until(lambda number=number: scene.counted(name) == number and scene.waiting() == 0)

    until(scene.is_quiet)
    deaths, sent = len(list(marks.iterdir())), tap.seen()
    tap.close()
    scene.end(victim, signal.SIGTERM)
    print(f"{step}: {deaths} kills, {ROUNDS - scene.counted(name)} lost, {sent} on the wire")
    assert deaths == ROUNDS
    assert scene.counted(name, ALPHA) == scene.counted(name) == ROUNDS
    assert sent == (ROUNDS * 2 if step == "after_publish" else ROUNDS)


# A clock that was ahead


@pytest.mark.both_databases
def test_what_was_written_while_a_clock_was_ahead_leaves_at_once_and_first(scene: Scene) -> None:
    """It would have stayed for two hours, and what is told since have overtaken it."""
    name, tap = fresh_name(), Tap(scene, "event.counted")
    scene.end(ALPHA)
    with scene.store() as store:
        for total in (1, 2, 3):
            with store.write() as write:
                _tell_with_a_clock_that_is_ahead(write, contracts.Counted(name, total))
        with store.write() as write:
            write.publish(contracts.counted, contracts.Counted(name, 4))

    scene.restore()

    until(lambda: tap.seen() == 4)
    told = [json.loads(each.body)["total"] for each in admin(scene.town).take_all(tap.queue)]
    tap.close()
    assert told == [1, 2, 3, 4]


def _tell_with_a_clock_that_is_ahead(write: Write, content: contracts.Counted) -> None:
    """Publish as on a machine whose clock is two hours ahead: its ids are, too."""
    ahead = timedelta(hours=2)
    write.publish(contracts.counted, content)
    row = write.info["outbox"][-1]
    milliseconds = int(row["id"][:8] + row["id"][9:13], 16) + int(ahead.total_seconds() * 1000)
    figures = f"{milliseconds:012x}"
    row["id"] = f"{figures[:8]}-{figures[8:]}{row['id'][13:]}"
    row["published_at"] += ahead
    row["next_at"] += ahead


# Several processes


@pytest.mark.both_databases
def test_two_relays_on_one_database_send_nothing_twice_and_one_takes_over(scene: Scene) -> None:
    scene.start(ALPHA)
    names = [fresh_name() for _ in range(4)]

    with tapped(scene, "event.counted") as tap, ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: [scene.count(name) for _ in range(50)], names))
        until(lambda: [scene.counted(name) for name in names] == [50] * 4)
        assert tap.seen() == 200

        killed = scene.holder()
        os.kill(killed, signal.SIGKILL)
        told_at = time.monotonic()
        scene.count(names[0])
        until(lambda: scene.counted(names[0]) == 51, 10)

        assert time.monotonic() - told_at < 5
        assert scene.holder() != killed
        assert tap.seen() == 201


def test_a_process_that_ends_in_good_order_hands_its_relay_over_at_once(scene: Scene) -> None:
    name, held = fresh_name(), scene.holder()

    assert scene.end(ALPHA, signal.SIGTERM) == [0]
    with scene.store() as store, store.write() as write:
        lease = models.Base.metadata.tables["lease"]
        assert write.scalar(select(lease.c.holder).where(lease.c.name == "relay")) is None
    scene.restore()
    scene.count(name)

    until(lambda: scene.counted(name) == 1, 3)
    assert scene.holder() != held


@pytest.mark.both_databases
def test_one_provider_as_two_instances_hears_everything_once(scene: Scene) -> None:
    """
    Both count the same few things in another order: rows are contended for, and nothing is parked.

    Then one is killed with events in its hands.
    """
    seed = _seed()
    names, text = [fresh_name() for _ in range(4)], fresh_name()
    wanted = Counter(random.Random(seed).choices(names, k=400))
    scene.end(BETA)
    with scene.store() as store, store.write() as write:
        for name in random.Random(seed).sample(list(wanted.elements()), k=400):
            write.publish(contracts.counted, contracts.Counted(name, 1))
    until(lambda: scene.ready() == 400)

    first, _second = scene.start(BETA), scene.start(BETA)
    until(lambda: {name: scene.counted(name) for name in names} == wanted, 20)
    until(lambda: scene.consumers() == 2)
    scene.shout(text, 300)
    until(lambda: scene.heard(text) > 0)
    first.kill()

    until(lambda: scene.heard(text) == 300, 60)


def _seed() -> int:
    seed = int(os.environ.get("PREAU_TEST_SEED", random.randrange(10**6)))
    print(f"PREAU_TEST_SEED={seed}")
    return seed
