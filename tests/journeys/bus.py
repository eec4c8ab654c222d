"""The bus of a running town as a test sees it: requests, queues, a service held still."""

import base64
import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import quote

import requests
from amqp import Connection

from deploy.engines.rabbitmq_node import BrokerNode
from deploy.processes.ops_requests import service_principals
from shared.bus.broker.malformed_message_channel import tolerant_channel
from shared.bus.client import Client
from shared.contracts.errors import Refusal
from shared.contracts.identity import sign_ins
from shared.contracts.message import Method
from shared.settings import Settings
from tests.journeys.town import PASSWORD, DemoTown
from tests.night import longest_wait

A = TypeVar("A")

SELDOMER, LONGEST_PAUSE = 1.25, 1.0


@contextmanager
def guardian(town: DemoTown, login: str) -> Iterator[Any]:
    """Give a function that asks through the portal's own credentials, signed in as a guardian."""
    client = Client(Settings.from_env(town.applied.environment_of_principal("portal")))
    token = client.ask(sign_ins.sign_in, sign_ins.SignInRequest(login, PASSWORD)).token

    def ask(method: Method[Any, A], *, to: str | None = None, **payload: Any) -> A:
        return client.ask(method, method.request(**payload), to=to, token=token)

    try:
        yield ask
    finally:
        client.close()


def queued(town: DemoTown) -> dict[str, str]:
    """
    Return, by queue, all that lies in it now (headers and bodies), leaving it there.

    Looking counts as a delivery, of which a message has five.
    """
    session = requests.Session()
    session.auth = BrokerNode(town.instance).admin
    session.trust_env = False
    url = f"{town.instance.management_url}/api/queues/{quote('/', safe='')}"
    ask = {"count": 1000, "ackmode": "ack_requeue_true", "encoding": "base64"}
    texts = {}
    for row in session.get(url, timeout=10).json():
        letters = session.post(f"{url}/{row['name']}/get", json=ask, timeout=10)
        if letters.status_code == 200:
            texts[row["name"]] = "".join(map(_clear, letters.json()))
        elif dict(row["arguments"]).get("x-single-active-consumer"):
            texts[row["name"]] = _seen_in_turn(town, row["name"])
    return texts


def _seen_in_turn(town: DemoTown, queue: str) -> str:
    """Return all that lies in a queue which shows it only to who consumes, and when it is free."""
    node = town.applied.engines_of_town.own_broker.nodes[0]
    user, password = node.admin
    seen: list[str] = []
    with Connection(f"127.0.0.1:{node.amqp_port}", user, password, connect_timeout=5) as connection:
        channel = tolerant_channel(connection)
        wanted = channel.queue_declare(queue, passive=True).message_count
        channel.basic_consume(queue, callback=lambda message: seen.append(_as_text(message)))
        while len(seen) < wanted:
            connection.drain_events(timeout=10)
    return "".join(seen)


def _as_text(message: Any) -> str:
    return json.dumps(message.properties, default=str) + message.body.decode(errors="replace")


@contextmanager
def held_still(town: DemoTown, *principals: str) -> Iterator[None]:
    """Stop services and cut them off, so that what is sent to them stays in their queues."""
    pids = until(lambda: _all_of(town, principals))
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        for principal in principals:
            town.applied.broker_as_administrator().close_connections(principal)
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def _all_of(town: DemoTown, principals: Sequence[str]) -> list[int]:
    """Return the pids of all instances, [] while one is being started again: it would answer."""
    running = [town.pids(principal) for principal in principals]
    whole = all(len(pids) == town.applied.engines_of_town.copies for pids in running)
    return [pid for pids in running for pid in pids] if whole else []


def until(check: Callable[[], Any], seconds: float = 40.0, pause: float = 0.2) -> Any:
    """
    Return the first true value of `check`; a refusal counts as not yet.

    What takes long is asked for ever more seldom: most checks load a page or ask every service.
    """
    end = time.monotonic() + longest_wait(seconds)
    while True:
        try:
            if value := check():
                return value
        except Refusal:
            pass
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(pause)
        pause = max(pause, min(SELDOMER * pause, LONGEST_PAUSE))


def until_whole(town: DemoTown, seconds: float = 40.0) -> None:
    """Return once everything of the town answers again."""
    until(lambda: town.status()["ready"], seconds)


def unsent(town: DemoTown) -> dict[str, int | None]:
    """
    Return how many messages wait to be sent now, by the service whose they are.

    None of a service that does not answer: it may have any.
    """
    said = town.status()["services"]
    counts = {name: said.get(name, {}).get("outbox") for name in service_principals(town.applied)}
    return {name: count for name, count in counts.items() if count != 0}


def _clear(letter: dict[str, Any]) -> str:
    body = base64.b64decode(letter["payload"]) if letter["payload_encoding"] == "base64" else b""
    return json.dumps(letter["properties"]) + body.decode(errors="replace") + letter["payload"]


@contextmanager
def stopped(town: DemoTown, provider: str) -> Iterator[None]:
    """Stop a provider's service for a while; the town is whole again after it."""
    with held_still(town, f"enrolment_{provider}"):
        yield
    until_whole(town)
