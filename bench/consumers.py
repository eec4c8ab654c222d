"""
Events that one replica takes in a second with one, two and four consumers, on PostgreSQL.

The events are those that the dossier sent of imported children, sent again in each round at a later
version, while the consumers stand still: what is timed is their taking in alone. Beside it the
limit of this machine: the rows of as many events, inserted in transactions of as many, and as many
messages taken and acknowledged, with nothing else done. The processor time of an event, of
consumers, database and broker, says the same on a machine that does other things; and how many
cores all of them kept busy says whether a core was free for the second consumer.

Beside it consumers that are held to a share of a core each: they stand still for the rest of the
time. Where one and two of them leave a core free, the second takes in as much as the first, unless
they hold each other up. What a consumer has locked stays locked while it stands still.
"""

import itertools
import json
import os
import signal
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from subprocess import Popen
from typing import Any

import psycopg2
from amqp.basic_message import Message
from kombu import Connection
from matplotlib.figure import Figure
from psycopg2.extras import execute_values

from bench import families
from bench.ground import Ground, ground, wait_until
from bench.processor import Processor
from bench.report import Report, at_least
from bench.resync import hold_the_timer
from bench.town import Town
from deploy.engines.town_engines import POSTGRESQL
from deploy.instance.instance import ENGINES_FILE
from shared.bus.broker.publisher import CONFIRMED, Publisher
from shared.bus.handling.event_entrypoint import BATCH
from shared.contracts import event_lanes
from shared.register.queues import events_queues
from shared.runtime.ids import new_id

NAME = "consumers"
PROVIDER, PRINCIPAL = "ens", "enrolment_ens"
CHILDREN, CONSUMERS, ROUNDS = 1000, (1, 2, 4), 3
QUEUES = events_queues(PRINCIPAL, max(CONSUMERS))
LONGEST_SECONDS, SILENT_SECONDS = 120.0, 2.0
SHARE, TURN_SECONDS = 0.25, 0.02
"""Share of a core of each consumer that is held to one, and the seconds of its turn."""

SHARE_OF_EVENTS = 2
"""One event in so many is for them: they are at it for as long as the others, and longer."""

LIMIT = "rows and messages of as many events alone, a second"
TWICE = "two consumers, times one"
TWICE_WITH_ROOM = f"two consumers with {SHARE:.0%} of a core each, times one"

LEFT = ("inbox", "held_projection")
"""Tables in which each event leaves a row."""


def taken(consumers: int) -> str:
    """Return the name of the figure of so many consumers."""
    return f"events/s taken in by {consumers}"


AIMS = (at_least(taken(1), 600.0), at_least(TWICE, 1.6))


@dataclass(frozen=True)
class Sent:
    """An event of the dossier as it was on the wire."""

    key: str
    type: str
    version: int
    body: bytes

    def later(self, by: int) -> tuple[bytes, int]:
        """Return the body of the same event so many versions later, and its lane."""
        content = json.loads(self.body)
        for item in content["items"]:
            item["version"] += by
        return json.dumps(content).encode(), event_lanes.lane_of(content["items"][0]["child_id"])


@dataclass(frozen=True)
class Round:
    """Events taken in a second, and by part the milliseconds of processor of one."""

    rate: float
    milliseconds: Mapping[str, float]

    @property
    def cores(self) -> float:
        """Return how many cores all parts kept busy."""
        return sum(self.milliseconds.values()) * self.rate / 1000


def run(say: Callable[[str], None]) -> tuple[Report, Callable[[Figure], None]]:
    """Measure, and return the report with how to draw it."""
    with ground(POSTGRESQL) as here:
        say("a town on PostgreSQL")
        shared_out = json.dumps({"own": POSTGRESQL, "event_queues": {PRINCIPAL: len(QUEUES)}})
        (here.instance.home / ENGINES_FILE).write_text(shared_out, "utf-8")
        town = Town(here)
        hold_the_timer(town)
        sent = _events_of_children(here, town, say)
        say(f"{len(sent)} events of children who are not known yet")
        versions = itertools.count()
        with _consumers(here, town, max(CONSUMERS)) as processes:
            _taken_in(here, town, processes, sent, next(versions))
        rates: dict[int, list[Round]] = {count: [] for count in CONSUMERS}
        held: dict[int, list[Round]] = {1: [], 2: []}
        for number in range(1, ROUNDS + 1):
            for count in CONSUMERS:  # in turn: what else this machine does meets all of them
                say(f"round {number} of {ROUNDS}: {len(sent)} events, {count} consumers")
                with _consumers(here, town, count) as processes:
                    rates[count].append(_taken_in(here, town, processes, sent, next(versions)))
                    if count in held:
                        say(f"round {number} of {ROUNDS}: {count} with {SHARE:.0%} of a core")
                        some = sent[: len(sent) // SHARE_OF_EVENTS]
                        held[count].append(
                            _taken_in(here, town, processes, some, next(versions), SHARE)
                        )
        say("the limit")
        limit = statistics.median(_bare_rate(town, sent, next(versions)) for _ in range(ROUNDS))
    figures = {
        **{
            taken(count): statistics.median(each.rate for each in found)
            for count, found in rates.items()
        },
        TWICE: _gain(rates),
        TWICE_WITH_ROOM: _gain(held),
        LIMIT: limit,
        **{
            f"ms of {part} for an event, by {count}": statistics.median(
                each.milliseconds[part] for each in found
            )
            for count, found in rates.items()
            for part in found[0].milliseconds
        },
        **{f"cores kept busy by {count}": _cores(found) for count, found in rates.items()},
        **{f"cores kept busy by {count} with a share": _cores(held[count]) for count in held},
        "cores": float(os.cpu_count() or 1),
    }
    return Report(NAME, figures, AIMS), lambda figure: _draw(figure, rates, limit)


def _gain(rates: Mapping[int, Sequence[Round]]) -> float:
    return statistics.median(
        two.rate / one.rate for one, two in zip(rates[1], rates[2], strict=True)
    )


def _cores(found: Sequence[Round]) -> float:
    return statistics.median(each.cores for each in found)


def _events_of_children(here: Ground, town: Town, say: Callable[[str], None]) -> list[Sent]:
    """Return all that the dossier sent of some imported children, and nobody took in."""
    dossier = town.start("dossier")
    town.wait_ready(["dossier"])
    say(f"{CHILDREN} children")
    families.load(town, CHILDREN, NAME, [PROVIDER], at_once=1)
    here.stop([dossier])
    return [
        Sent(
            message.delivery_info["routing_key"],
            message.properties["type"],
            message.properties["application_headers"]["version"],
            bytes(message.body, "utf-8") if isinstance(message.body, str) else message.body,
        )
        for message in _taken_from_the_broker(town)
        if message.properties["type"] == "dossier.projection"
    ]


def _taken_from_the_broker(town: Town) -> list[Message]:
    found: list[Message] = []
    with Connection(town.settings(PRINCIPAL).amqp_uri) as connection:
        channel = connection.channel()
        for queue in QUEUES:
            channel.basic_consume(queue, no_ack=True, callback=found.append)
        with suppress(TimeoutError):
            while True:
                connection.drain_events(timeout=SILENT_SECONDS)
    return found


@contextmanager
def _consumers(here: Ground, town: Town, count: int) -> Iterator[Sequence[Popen[bytes]]]:
    """Give so many processes that take events in."""
    processes = [
        town.start(PRINCIPAL, PREAU_COPY=str(number), PREAU_COPIES=str(count))
        for number in range(1, count + 1)
    ]
    try:
        town.wait_ready([PRINCIPAL])
        wait_until(
            "all consumers read", lambda: all(town.readers()[queue] == count for queue in QUEUES)
        )
        yield processes
    finally:
        _signal(processes, signal.SIGCONT)
        here.stop(processes)


def _taken_in(
    here: Ground,
    town: Town,
    processes: Sequence[Popen[bytes]],
    sent: Sequence[Sent],
    later: int,
    share: float = 1.0,
) -> Round:
    """Measure how many events a second these processes took in, all so many versions later."""
    _signal(processes, signal.SIGSTOP)
    _send(town, sent, later)
    assert here.server is not None
    parts = {
        "consumers": Processor(*(each.pid for each in processes)),
        "database": Processor(server=here.server.pid()),
        "broker": Processor(server=here.node.pid()),
    }
    with closing(_Inbox(town.settings(PRINCIPAL).database_url)) as inbox, ExitStack() as stack:
        before, start = inbox.count(), time.monotonic()
        spent = {name: stack.enter_context(part.spent()) for name, part in parts.items()}
        with _running(processes, share):
            wait_until("all is taken in", lambda: inbox.count() >= before + len(sent))
        seconds = time.monotonic() - start
    milliseconds = {name: each.seconds * 1000 / len(sent) for name, each in spent.items()}
    return Round(len(sent) / seconds, milliseconds)


@contextmanager
def _running(processes: Sequence[Popen[bytes]], share: float) -> Iterator[None]:
    """Let processes run, each for so much of the time, one after the other."""
    _signal(processes, signal.SIGCONT)
    over = threading.Event()
    held = [
        threading.Thread(target=_hold_to_share, args=(each, share, over, TURN_SECONDS * number))
        for number, each in enumerate(processes)
        if share < 1
    ]
    for thread in held:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in held:
            thread.join()


def _hold_to_share(process: Popen[bytes], share: float, over: threading.Event, late: float) -> None:
    over.wait(late)
    while not over.is_set():
        process.send_signal(signal.SIGSTOP)
        over.wait(TURN_SECONDS * (1 - share))
        process.send_signal(signal.SIGCONT)
        over.wait(TURN_SECONDS * share)


def _signal(processes: Sequence[Popen[bytes]], what: signal.Signals) -> None:
    for process in processes:
        process.send_signal(what)


def _send(town: Town, sent: Sequence[Sent], later: int) -> None:
    """Publish these events so many versions later, as the dossier does."""
    publisher = Publisher(town.settings("dossier").amqp_uri, "dossier", confirms=True)
    receipts = []
    for event in sent:
        body, lane = event.later(later)
        publish = partial(publisher.publish, "out.dossier", event.key, body, persistent=True)
        headers = {"version": event.version, event_lanes.HEADER: lane}
        receipts.append(publish(message_id=new_id(), type=event.type, headers=headers))
    end = time.monotonic() + LONGEST_SECONDS
    arrived = [receipt.wait(end - time.monotonic()) == CONFIRMED for receipt in receipts]
    publisher.close()
    if not all(arrived):
        raise TimeoutError("the broker has the events")


class _Inbox:
    """The ids of what was taken in, counted by one connection: to open others costs as much."""

    def __init__(self, url: str) -> None:
        self._database = _connected(url)
        self._database.autocommit = True

    def count(self) -> int:
        """Return how many events were taken in."""
        with self._database.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM inbox")
            return int(cursor.fetchone()[0])

    def close(self) -> None:
        """Close the connection."""
        self._database.close()


def _bare_rate(town: Town, sent: Sequence[Sent], later: int) -> float:
    """Return of how many events a second this machine takes rows and messages alone."""
    _send(town, sent, later)
    with (
        closing(_connected(town.owner_url(PRINCIPAL))) as database,
        Connection(town.settings(PRINCIPAL).amqp_uri) as connection,
        database.cursor() as cursor,
    ):
        rows = {}
        for table in LEFT:
            cursor.execute(f"SELECT * FROM {table} LIMIT {len(sent)}")
            rows[table] = cursor.fetchall()
            cursor.execute(f"DROP TABLE IF EXISTS bare_{table}")
            cursor.execute(f"CREATE TABLE bare_{table} (LIKE {table} INCLUDING INDEXES)")
        database.commit()
        channel = connection.channel()
        channel.basic_qos(0, BATCH, False)
        arrived: list[Message] = []
        start = time.monotonic()
        for queue in QUEUES:
            channel.basic_consume(queue, callback=arrived.append)
        done = 0
        while done < len(sent):
            while not arrived:
                connection.drain_events(timeout=LONGEST_SECONDS)
            batch, last = len(arrived), arrived[-1]
            arrived.clear()
            for table in LEFT:
                execute_values(
                    cursor, f"INSERT INTO bare_{table} VALUES %s", rows[table][done : done + batch]
                )
            database.commit()
            channel.basic_ack(last.delivery_tag, multiple=True)
            done += batch
        return len(sent) / (time.monotonic() - start)


def _connected(url: str) -> Any:
    return psycopg2.connect(url.replace("+psycopg2", "", 1))


def _draw(figure: Figure, rates: Mapping[int, Sequence[Round]], limit: float) -> None:
    axes = figure.subplots()
    for number in range(ROUNDS):
        axes.plot(list(rates), [found[number].rate for found in rates.values()], "o-")
    axes.axhline(limit, linestyle="--", color="grey", label=LIMIT)
    axes.set_xticks(list(rates))
    axes.set_xlabel("consumers")
    axes.set_ylabel("events a second")
    axes.set_ylim(bottom=0.0)
    axes.legend()
