"""Two tiny services with their databases, and who counts what became of what was told."""

import itertools
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select

from deploy.engines.own_postgres import PostgresCluster
from deploy.engines.rabbitmq_node import BrokerNode
from shared.bus.client import Call
from shared.contracts.errors import Refusal
from shared.contracts.message import Empty
from shared.database import Store
from shared.database.engines import open_engine
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.faults.gamma import nap
from tests.kit import contracts, models, processes
from tests.kit.contracts import stepped
from tests.kit.processes import Process
from tests.kit.town import KitTown, create_tables, until
from tests.kit.wire import admin

ALPHA, BETA = "dossier", "enrolment_one"
EVENTS = f"in.{BETA}.events"
CLASSES = {ALPHA: "tests.kit.alpha:Alpha", BETA: "tests.faults.gamma:Gamma"}

_numbers = itertools.count()


class FaultTown(KitTown):
    """
    The kit's town, in which the portal may also keep beta busy, and beta follows children.

    All processes of a principal, one after the other too, have the same secrets.
    """

    def environment(self, principal: str, url: str) -> dict[str, str]:
        """Return the environment of one process."""
        known = self.__dict__.setdefault("_environments", {})
        if principal not in known:
            known[principal] = super().environment(principal, url)
        return {**known[principal], "DATABASE_URL": url}

    def _register(self) -> dict[str, Any]:
        rows = super()._register()
        call = {"caller": "portal", "callee": BETA, "method": nap.name, "version": 1}
        rows["calls"].append({**call, "right": "service only"})
        told = {"source": ALPHA, "event": stepped.name, "key": f"event.{stepped.name}"}
        rows["events"].append({**told, "consumer": BETA, "version": 1})
        return rows


class Scene:
    """
    Alpha (dossier) tells, beta (enrolment_one) hears, the portal asks; one for many tests.

    Tests keep apart by names of their own (`fresh_name`), and `restore` what they ended.
    """

    def __init__(
        self,
        node: BrokerNode,
        home: Path,
        databases: dict[str, Database],
        others: tuple[BrokerNode, ...] = (),
        event_queues: int = 1,
    ) -> None:
        self.home = home
        self.databases = databases
        vhost = f"scene{next(_numbers)}"
        self.town = FaultTown(node, home / "town", vhost, others, event_queues=event_queues)
        self.portal = self.town.client("portal")
        self.running: dict[str, list[Process]] = {ALPHA: [], BETA: []}
        self._engines: dict[str, Engine] = {}
        for principal, database in databases.items():
            create_tables(database)
            self._engines[principal] = open_engine(database.url)
        self.restore()

    @property
    def node(self) -> BrokerNode:
        """Return a node of the broker that runs."""
        return self.town.node

    # Processes

    def start(self, principal: str, *module: str, **environment: str) -> Process:
        """Start one more process of a service, plainly or by another module than the runner."""
        process = processes.start(
            self.town.home / f"{principal}.log",
            {**self.town.environment(principal, self.databases[principal].url), **environment},
            *(module or ("shared.bus.runner",)),
            CLASSES[principal],
        )
        self.town.processes.append(process)
        self.running[principal].append(process)
        return process

    def start_killing(self, principal: str, step: str) -> Path:
        """Start a service that dies at a step; return where its deaths are noted."""
        marks = self.home / f"marks-{step}-{next(_numbers)}"
        marks.mkdir()
        self.start(principal, "tests.faults.killing", step, KILLING_MARKS=str(marks))
        return marks

    def end(self, principal: str, how: signal.Signals = signal.SIGKILL) -> list[int]:
        """End all processes of a service; return how each ended, when they are gone."""
        for process in self.running[principal]:
            process.send_signal(how)
        ended = [process.wait(15) for process in self.running[principal]]
        self.running[principal] = []
        return ended

    def restore(self) -> None:
        """Have one plain process of each service, which answers."""
        for principal, started in self.running.items():
            alive = [process for process in started if process.poll() is None]
            self.running[principal] = alive
            if not alive:
                self.start(principal)
        until(lambda: self.portal.ask(contracts.echo, contracts.Text("bonjour")))
        until(lambda: self.portal.ask(contracts.total, contracts.Name("nobody"), to=BETA))

    def log_of(self, principal: str) -> str:
        """Return what the processes of a service have logged."""
        return self.town.log_of(principal)

    # What happens

    def count(self, name: str) -> int:
        """Have alpha count once, however often that must be asked; return its total."""
        request_id = new_id()

        def ask() -> int:
            answer = self.portal.ask(contracts.count, contracts.Name(name), request_id=request_id)
            return int(answer.total)

        return until(ask, 40)

    def shout(self, text: str, times: int) -> None:
        """Have alpha tell so many events in one transaction."""
        [told] = self.portal.ask_all([shouting(text, times)])
        if isinstance(told, Refusal):
            raise told

    @contextmanager
    def telling(self, text: str, times: int = 500) -> Iterator[Future[int]]:
        """
        Tell events as many families would, while the block lasts and until there are so many.

        Yields how many it comes to. Some are told after the block, however long that took.
        """
        over = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            told = pool.submit(self._tell, text, times, over)
            try:
                yield told
            finally:
                over.set()

    def _tell(self, text: str, times: int, over: threading.Event) -> int:
        told, last = 0, False
        with self.store() as store:
            while not last:
                last = over.is_set() and told >= times
                with store.write() as write:
                    for number in range(told, told + 10):
                        content = contracts.Addressed(f"{text} {number}")
                        write.publish(contracts.addressed, content, to=BETA, topic="core")
                told += 10
                time.sleep(0.06)
        return told

    @contextmanager
    def store(self, principal: str = ALPHA) -> Iterator[Store]:
        """Open a service's database as one more process of it would."""
        settings = self.town.settings(principal, self.databases[principal].url)
        store = Store("kit", models.Base.metadata)
        store.connect(settings.database_url, settings.register, key=settings.key_encryption_key)
        yield store
        store.close()

    # What came of it

    def counted(self, name: str, principal: str = BETA) -> int:
        """Return how often a service counted: effects, not messages."""
        found = select(models.counter.c.total).where(models.counter.c.name == name)
        return self._scalar(principal, found)

    def heard(self, text: str) -> int:
        """Return how many events that begin with `text` beta heard."""
        rows = select(func.count()).select_from(models.heard)
        return self._scalar(BETA, rows.where(models.heard.c.text.like(f"{text} %")))

    def waiting(self, principal: str = ALPHA) -> int:
        """Return how much a service has still to send."""
        outbox = models.Base.metadata.tables["outbox"]
        return self._scalar(principal, select(func.count()).select_from(outbox))

    def holder(self, principal: str = ALPHA) -> int:
        """Return the process that holds the relay's lease."""
        lease = models.Base.metadata.tables["lease"].c
        with self._engines[principal].connect() as connection:
            held = connection.scalar(select(lease.holder).where(lease.name == "relay"))
        return int(held.split("-")[1])

    def ready(self, queue: str = EVENTS) -> int:
        """Return how many messages lie in a queue, without those that a consumer has in hand."""
        return admin(self.town).depth(queue)

    def consumers(self, queue: str = EVENTS) -> int:
        """Return how many processes read from a queue."""
        with admin(self.town).channel() as channel:
            return int(channel.queue_declare(queue, passive=True).consumer_count)

    def is_quiet(self) -> bool:
        """Return whether nothing waits to leave, and nothing to be heard or settled."""
        return self.waiting() == 0 and self.ready() == 0 and self._unsettled() == 0

    def _unsettled(self) -> int:
        """
        Return how many events beta has not settled, those in hand among them.

        The queue's own state is asked: what the broker shows of it (`info`) it counts afterwards,
        and had no message where the last ones were still being handled.
        """
        queue = f'rabbit_misc:r(<<"{self.town.vhost}">>, queue, <<"{EVENTS}">>)'
        total = "fun(State) -> rabbit_fifo:query_messages_total(State) end"
        return int(
            self.node.evaluate_erlang(
                f"begin {{ok, Q}} = rabbit_amqqueue:lookup({queue}),"
                f" {{ok, N, _}} = ra:consistent_query(amqqueue:get_pid(Q), {total}), N end"
            )
        )

    def dead(self) -> int:
        """Return how many events beta has parked."""
        return admin(self.town).depth(f"dead.{BETA}")

    def close(self) -> None:
        """End everything."""
        self.portal.close()
        self.town.stop()
        for engine in self._engines.values():
            engine.dispose()

    def _scalar(self, principal: str, statement: Any) -> int:
        with self._engines[principal].connect() as connection:
            return connection.scalar(statement) or 0


class Tap:
    """A queue of the administrator's that sees every copy of an event on the wire."""

    def __init__(self, scene: Scene, key: str) -> None:
        self._hand = admin(scene.town)
        self.queue = f"tap.{next(_numbers)}"
        with self._hand.channel() as channel:
            channel.queue_declare(self.queue, durable=True, auto_delete=False)
            channel.queue_bind(self.queue, f"out.{ALPHA}", key)

    def seen(self) -> int:
        """Return how many copies passed."""
        return self._hand.depth(self.queue)

    def close(self) -> None:
        """Take the queue away."""
        with self._hand.channel() as channel:
            channel.queue_delete(self.queue)


def shouting(text: str, times: int, request_id: str = "") -> Call[Empty]:
    """Return the request that has alpha tell beta so many events (its field `to` is no callee)."""
    request = contracts.ShoutRequest(BETA, "core", text, times)
    return Call(contracts.shout, ALPHA, request, None, request_id or new_id())


def fresh_name() -> str:
    """Return a name that no other test uses."""
    return new_id()


@contextmanager
def scene_on(
    kind: str,
    node: BrokerNode,
    folder: Path,
    cluster: Callable[[], PostgresCluster],
    others: tuple[BrokerNode, ...] = (),
    event_queues: int = 1,
) -> Iterator[Scene]:
    """Give a running scene, each of its services with a database of this kind."""
    with _databases(kind, folder, cluster) as databases:
        scene = Scene(node, folder, databases, others, event_queues)
        try:
            yield scene
        finally:
            scene.close()


@contextmanager
def _databases(
    kind: str, folder: Path, cluster: Callable[[], PostgresCluster]
) -> Iterator[dict[str, Database]]:
    if kind == "sqlite":
        urls = {each: f"sqlite:///{folder}/{each}.sqlite" for each in (ALPHA, BETA)}
        yield {each: Database(url, url, "") for each, url in urls.items()}
        return
    postgres = cluster()
    names = {each: f"scene_{os.getpid()}_{next(_numbers)}" for each in (ALPHA, BETA)}
    for name in names.values():
        postgres.create_database(name)
    try:
        yield {
            each: Database(postgres.url(name), postgres.owner_url(name), "")
            for each, name in names.items()
        }
    finally:
        for name in names.values():
            postgres.drop_database(name)


@contextmanager
def tapped(scene: Scene, key: str) -> Iterator[Tap]:
    """Give a tap of an event, for as long as the block lasts."""
    tap = Tap(scene, key)
    yield tap
    tap.close()
