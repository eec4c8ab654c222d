"""A broker that goes, cuts, stands still or refuses loses and doubles nothing, and hangs nobody."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from amqp.basic_message import Message
from sqlalchemy import select

from deploy.engines.rabbitmq_node import BrokerNode
from deploy.instance.instance import PROJECT
from shared.bus.broker.connection import CONNECT_SECONDS
from shared.bus.broker.publisher import CONFIRMED, LOST, REFUSED, Publisher
from shared.bus.client import Client
from shared.bus.outbox_relay import Relay
from shared.contracts.errors import Refusal, Unavailable
from shared.runtime.ids import new_id
from shared.settings import Settings
from tests.faults.proxy import Proxy
from tests.faults.scene import ALPHA, Scene, fresh_name, tapped
from tests.kit import contracts, models
from tests.kit.town import until
from tests.kit.wire import Hand, admin
from tests.night import size

LONGEST_ANSWER_SECONDS = 5.0
ALARM_SECONDS = size(6, at_night=10)
"""Time for which an alarm of the broker stands: longer than anybody may wait for an answer."""


# The broker goes, and comes back


def test_a_broker_restarted_in_the_middle_of_500_events_loses_none(scene: Scene) -> None:
    """And whoever asks, answers or hears comes back by itself."""
    name, client = fresh_name(), scene.town.client("portal")
    client.ask(contracts.echo, contracts.Text("bonjour"))

    with scene.telling(name) as told:
        until(lambda: scene.heard(name) > 0)
        with _stopped(scene.node):
            heard_until_then, told_until_then = scene.heard(name), scene.waiting()
            until(lambda: scene.waiting() > told_until_then)  # families go on writing meanwhile
        back = time.monotonic()
        until(lambda: scene.heard(name) > heard_until_then)
        came_back_in = time.monotonic() - back

    until(lambda: scene.heard(name) == told.result(), 30)
    total = told.result()
    print(f"{heard_until_then} of {total} heard before, hearing again after {came_back_in:.1f} s")
    assert 0 < heard_until_then < total
    assert came_back_in < 10
    assert (
        until(lambda: client.ask(contracts.echo, contracts.Text("rebonjour"))).text == "rebonjour"
    )
    client.close()


@contextmanager
def _stopped(node: BrokerNode) -> Iterator[None]:
    """Have a broker stopped, and in any case running afterwards: other tests need it."""
    node.rabbitmqctl("stop_app")
    try:
        yield
    finally:
        node.rabbitmqctl("start_app")


def test_connections_closed_every_second_under_load_lose_and_double_nothing(scene: Scene) -> None:
    names = [fresh_name() for _ in range(3)]

    with _counting(scene, names) as counted:
        end = time.monotonic() + 10
        while time.monotonic() < end:
            started = time.monotonic()
            _close_connections(scene)
            time.sleep(max(0.0, 1.0 - (time.monotonic() - started)))

    print(f"{sum(counted.values())} counted under load")
    until(lambda: [scene.counted(name) for name in names] == [counted[name] for name in names], 60)
    assert [scene.counted(name, ALPHA) for name in names] == [counted[name] for name in names]
    assert all(counted.values())


def _close_connections(scene: Scene, *users: str) -> None:
    """Close the connections of some principals, or all of the town; a name stands 11th in a row."""
    whose = " orelse ".join(f'element(11, C) =:= <<"{user}">>' for user in users) or "true"
    found = f'[C || C <- rabbit_connection_tracking:list(<<"{scene.town.vhost}">>), {whose}]'
    scene.node.evaluate_erlang(
        f'rabbit_connection_tracking_handler:close_connections({found}, "test", 0)'
    )


def test_a_request_whose_connections_break_is_answered_all_the_same(scene: Scene) -> None:
    """Else a page says that a service is away which answers; what writes is done once."""
    client, name = scene.town.client("portal"), fresh_name()
    client.ask(contracts.echo, contracts.Text("bonjour"))
    requests = [
        client.prepare_call(contracts.echo, contracts.Text("encore")),
        client.prepare_call(contracts.count, contracts.Name(name)),
    ]

    with ThreadPoolExecutor(1) as pool, _held_still(scene, ALPHA):
        answers = pool.submit(client.ask_all, requests, 20)
        until(lambda: len(client._pending) == len(requests))
        _close_connections(scene, "portal")
        until(lambda: all(each.sends > 1 for [each] in client._pending.values()))

    assert answers.result() == [contracts.Text("encore"), contracts.Total(1)]
    assert scene.counted(name, ALPHA) == 1
    client.close()


def test_a_request_that_nothing_remembers_is_done_once_though_its_connections_break(
    scene: Scene,
) -> None:
    """A code that a person typed would be used up by the first, and the second one refused."""
    client, name = scene.town.client("portal"), fresh_name()
    client.ask(contracts.echo, contracts.Text("bonjour"))
    requests = [
        client.prepare_call(contracts.count_unkept, contracts.Name(name)),
        client.prepare_call(contracts.echo, contracts.Text("encore")),
    ]

    with ThreadPoolExecutor(1) as pool, _held_still(scene, ALPHA):
        answers = pool.submit(client.ask_all, requests, 20)
        until(lambda: len(client._pending) == len(requests))
        _close_connections(scene, "portal")
        until(lambda: all(each.sends > 1 for [each] in client._pending.values()))

    unanswered, answered = answers.result()
    assert isinstance(unanswered, Unavailable)
    assert answered == contracts.Text("encore")
    assert until(lambda: scene.counted(name, ALPHA)) == 1
    client.close()


@contextmanager
def _held_still(scene: Scene, principal: str) -> Iterator[None]:
    """Let the processes of a service do nothing meanwhile: what is asked of them waits."""
    for process in scene.running[principal]:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in scene.running[principal]:
            process.send_signal(signal.SIGCONT)


@contextmanager
def _counting(scene: Scene, names: list[str]) -> Iterator[dict[str, int]]:
    """Count under each name for as long as the block lasts, each request until it is answered."""
    counted, stop = dict.fromkeys(names, 0), threading.Event()
    client = scene.town.client("portal")

    def work(name: str) -> None:
        while not stop.is_set():
            _until_answered(client, name)
            counted[name] += 1

    with ThreadPoolExecutor(len(names)) as pool:
        working = [pool.submit(work, name) for name in names]
        try:
            yield counted
        finally:
            stop.set()
        for each in working:
            each.result()
    client.close()


def _until_answered(client: Client, name: str, deadline: float = 3.0) -> list[float]:
    """Ask to count once, repeating it by the same request id; return how long each try took."""
    request_id, took = new_id(), []
    while True:
        started = time.monotonic()
        call = client.prepare_call(contracts.count, contracts.Name(name), request_id=request_id)
        [answer] = client.ask_all([call], deadline)
        took.append(time.monotonic() - started)
        if not isinstance(answer, Refusal):
            return took
        assert answer.code in {"no_answer", "unavailable"}, answer.code
        time.sleep(0.05)


# The broker is there, and does not listen


def test_an_alarm_hangs_nobody_and_loses_and_doubles_nothing(scene: Scene) -> None:
    """Memory or disk: the broker stops reading from whoever publishes."""
    resource = "disk" if scene.databases[ALPHA].url.startswith("sqlite") else "memory"
    name, took, stop = fresh_name(), [], threading.Event()
    client = scene.town.client("portal")
    client.ask(contracts.echo, contracts.Text("bonjour"))
    scene.shout(name, 300)
    until(lambda: scene.heard(name) > 0)

    def work(own: str) -> int:
        asked = 0
        while not stop.is_set():
            took.extend(_until_answered(client, own))
            asked += 1
        return asked

    names = [fresh_name() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        alarm = f"{{resource_limit,{resource},node()}}"
        scene.node.evaluate_erlang(f"rabbit_alarm:set_alarm({{{alarm},[]}})")
        try:
            working = [pool.submit(work, each) for each in names]
            time.sleep(ALARM_SECONDS)
        finally:
            scene.node.evaluate_erlang(f"rabbit_alarm:clear_alarm({alarm})")
            stop.set()
        asked = [each.result() for each in working]

    print(f"{resource}: longest {max(took):.2f} s, {len(took)} tries for {sum(asked)} answers")
    assert max(took) < LONGEST_ANSWER_SECONDS
    until(lambda: scene.heard(name) == 300, 30)
    until(lambda: [scene.counted(each) for each in names] == asked, 30)
    assert [scene.counted(each, ALPHA) for each in names] == asked
    client.close()


# Confirms


@pytest.fixture
def refusing(scene: Scene) -> Iterator[str]:
    """Give a key of alpha's whose queue takes one message and refuses the next."""
    queue = f"full.{fresh_name()}"
    arguments = {"x-max-length": 1, "x-overflow": "reject-publish"}
    with admin(scene.town).channel() as channel:
        channel.queue_declare(queue, durable=True, auto_delete=False, arguments=arguments)
        channel.queue_bind(queue, f"out.{ALPHA}", "event.full")
    _fill(scene, queue)
    yield "event.full"
    with admin(scene.town).channel() as channel:
        channel.queue_delete(queue)


def _fill(scene: Scene, queue: str) -> None:
    with Hand(scene.town, ALPHA).channel() as channel:
        channel.basic_publish(Message(b"{}", user_id=ALPHA), f"out.{ALPHA}", "event.full")
        channel.basic_qos(0, 1, False)
    assert until(lambda: admin(scene.town).depth(queue)) == 1


@pytest.fixture
def proxy(scene: Scene) -> Iterator[Proxy]:
    """Give a proxy before the broker."""
    proxy = Proxy(scene.node.instance.amqp_port)
    yield proxy
    proxy.close()


def _behind(proxy: Proxy, scene: Scene, principal: str) -> Settings:
    """Return a principal's settings, its broker behind the proxy."""
    environment = scene.town.environment(principal, scene.databases[ALPHA].url)
    direct = f"127.0.0.1:{scene.node.instance.amqp_port}"
    uri = environment["AMQP_URI"].replace(direct, f"127.0.0.1:{proxy.port}")
    return Settings.from_env({**environment, "AMQP_URI": uri})


def test_a_late_acknowledgement_is_not_taken_for_the_next_publication(
    scene: Scene, proxy: Proxy, refusing: str
) -> None:
    publisher = Publisher(_behind(proxy, scene, ALPHA).amqp_uri, ALPHA, confirms=True)

    def publish(key: str) -> Any:
        return publisher.publish(
            f"out.{ALPHA}", key, b"{}", message_id=new_id(), type="kit.none", headers={"version": 1}
        )

    with tapped(scene, "event.taken"):
        assert publish("event.taken").wait(5) == CONFIRMED

        proxy.hold()
        late = publish("event.taken")
        assert late.wait(0.5) == LOST
        publisher.drop_connection()
        proxy.release()
        refused = publish(refusing)

        assert refused.wait(5) == REFUSED
        assert late.outcome == LOST
        assert publish("event.taken").wait(5) == CONFIRMED
    publisher.close()


def test_what_is_published_together_arrives_whole_or_is_lost_with_its_connection(
    scene: Scene,
) -> None:
    publisher = Publisher(scene.town.settings(ALPHA).amqp_uri, ALPHA, confirms=True)

    def publish(size: int) -> Any:
        return publisher.publish(
            f"out.{ALPHA}",
            "event.taken",
            b"x" * size,
            message_id=new_id(),
            type="kit.none",
            headers={"version": 1},
        )

    with tapped(scene, "event.taken") as tap:
        with publisher.publishing_together():
            receipts = [publish(size) for size in (2, 200_000, 2)]
        assert [receipt.wait(5) for receipt in receipts] == [CONFIRMED] * 3

        with pytest.raises(RuntimeError), publisher.publishing_together():
            lost = publish(2)
            raise RuntimeError
        assert lost.wait(5) == LOST
        assert publish(2).wait(5) == CONFIRMED
        assert tap.seen() == 4
    publisher.close()


def test_nothing_overtakes_what_was_lost_of_what_is_published_together(scene: Scene) -> None:
    publisher = Publisher(scene.town.settings(ALPHA).amqp_uri, ALPHA, confirms=True)

    def publish() -> Any:
        return publisher.publish(
            f"out.{ALPHA}",
            "event.taken",
            b"{}",
            message_id=new_id(),
            type="kit.none",
            headers={"version": 1},
        )

    with tapped(scene, "event.taken") as tap:
        with pytest.raises(ConnectionError), publisher.publishing_together():
            lost = publish()
            publisher.drop_connection()
            publish()
        assert lost.outcome == LOST
        assert publish().wait(5) == CONFIRMED
        assert tap.seen() == 1
    publisher.close()


def test_who_waits_is_told_of_a_lost_connection_though_another_thread_opens_the_next(
    scene: Scene, proxy: Proxy
) -> None:
    """Else a request that left by the broken one is not sent again, and waits in vain."""
    lost = threading.Event()
    publisher = Publisher(_behind(proxy, scene, ALPHA).amqp_uri, ALPHA, lost=lost.set)

    def publish() -> None:
        publisher.publish(
            f"out.{ALPHA}",
            "event.taken",
            b"{}",
            message_id=new_id(),
            type="kit.none",
            headers={"version": 1},
        )

    publish()
    broken = publisher._connection
    assert broken is not None
    with publisher._lock:  # as by who publishes just then
        proxy.heal()
        until(lambda: not broken.alive)
        publish()

    assert lost.wait(5)
    publish()
    assert publisher._connection is not None and publisher._connection.alive
    publisher.close()


def test_a_relay_keeps_what_was_refused_after_a_late_acknowledgement(
    scene: Scene, proxy: Proxy, refusing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that timed out arrived all the same, and is sent again by the same id: no harm."""
    monkeypatch.setattr("shared.bus.outbox_relay.CONFIRM_SECONDS", 1.0)  # the figure, not the code
    scene.end(ALPHA)
    name = fresh_name()
    with scene.store() as store, tapped(scene, "event.counted") as tap:
        relay = Relay(store, _behind(proxy, scene, ALPHA))
        with store.write() as write:
            write.publish(contracts.counted, contracts.Counted(name, 1))
        assert relay._publisher._open_connection()  # before the broker is held back
        proxy.hold()
        relay.relay_once()
        proxy.release()
        assert scene.waiting() == 1

        with store.write() as write:
            full = write.publish(contracts.counted, contracts.Counted(name, 2))
            outbox = models.Base.metadata.tables["outbox"]
            moved = [dict(row) for row in write.info["outbox"]]
            assert [row["id"] for row in moved] == [full]
            write.info["outbox"][0]["key"] = refusing
        until(lambda: _relayed(relay, scene) == 1)
        with store.read() as read:
            [kept] = read.execute(select(outbox.c.id, outbox.c.attempts)).all()

        assert kept.id == full
        assert kept.attempts > 0
        assert tap.seen() == 2
        until(lambda: scene.counted(name) == 1)
        with store.write() as write:
            write.execute(outbox.delete())
        relay.stop()
    scene.restore()


def _relayed(relay: Relay, scene: Scene) -> int:
    relay.relay_once()
    return scene.waiting()


def test_half_a_frame_from_the_broker_sticks_to_nobody(
    scene: Scene, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest never comes, and no heartbeat either: the connection counts as lost."""
    monkeypatch.setattr(
        "shared.bus.broker.connection.STUCK_SECONDS", 1.0
    )  # the figure, not the code
    monkeypatch.setattr("shared.bus.broker.connection.CONNECT_SECONDS", 1.0)  # it is tried once
    client = Client(_behind(proxy, scene, "portal"))
    client.ask(contracts.echo, contracts.Text("bonjour"))

    proxy.cut_after(10)
    started = time.monotonic()
    [answer] = client.ask_all(
        [client.prepare_call(contracts.echo, contracts.Text("x" * 500))], deadline=8
    )
    stuck = time.monotonic() - started
    proxy.heal()

    assert isinstance(answer, Refusal)
    assert stuck < 3
    assert (
        until(lambda: client.ask(contracts.echo, contracts.Text("rebonjour"))).text == "rebonjour"
    )
    client.close()


def test_who_has_longer_than_a_page_waits_for_a_broker_that_is_slow_to_accept(
    scene: Scene, proxy: Proxy
) -> None:
    """As commands do: a page tells somebody within seconds that a service is away."""
    slow = _behind(proxy, scene, "portal")
    proxy.hold()
    page = Client(slow)
    with pytest.raises(TimeoutError):
        page.connect()
    page.close()

    threading.Timer(CONNECT_SECONDS + 1, proxy.release).start()
    command = Client(slow, connect_seconds=60)
    command.connect()

    assert command.ask(contracts.echo, contracts.Text("bonjour"), deadline=30).text == "bonjour"
    command.close()


def test_what_is_opened_after_a_link_was_thrown_away_is_not_taken_for_it(scene: Scene) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.closing"],
        cwd=PROJECT,
        env=scene.town.environment(ALPHA, "sqlite://"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.stderr, done.stdout.splitlines()) == ("", ["read"] * 20)
