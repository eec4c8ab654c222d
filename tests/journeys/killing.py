"""
A node of the broker and an instance of every service of a clustered town, killed and back.

What they were is started again by itself: processes by the supervisor, a node by what it keeps.
"""

import itertools
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import requests

from deploy.engines.rabbitmq_node import BrokerNode
from deploy.processes import supervisor
from shared.bus.client import Client
from shared.contracts.errors import Refusal
from shared.contracts.identity import sign_ins
from shared.settings import Settings
from tests.journeys.bus import until, until_whole
from tests.journeys.town import PASSWORD, DemoTown

NOT_OURS = ("web_server", "mail_stub", "payfip_stub")
LOGIN = "helene.garnier@example.com"

_blows = itertools.count()


def leader_of(town: DemoTown, queue: str) -> BrokerNode:
    """Return the node that leads a queue now."""
    [name] = [
        row["leader"]
        for row in town.applied.broker_as_administrator().queue_descriptions()
        if row["name"] == queue
    ]
    return next(
        node for node in town.applied.engines_of_town.own_broker.nodes if node.node_name == name
    )


def kill_instances(town: DemoTown, number: int) -> int:
    """Kill this copy of every service, page and stream at once; return how many there were."""
    state = supervisor.supervisor_state(town.instance) or {"processes": {}}
    struck = [
        row["pid"]
        for name, row in state["processes"].items()
        if name not in NOT_OURS and row["pid"] and name.endswith("_2") == (number == 2)
    ]
    for pid in struck:
        os.kill(pid, signal.SIGKILL)
    return len(struck)


@contextmanager
def struck(town: DemoTown) -> Iterator[None]:
    """Kill the next node and the next copy of everything; let the town be whole again after it."""
    blow = next(_blows)
    nodes = town.applied.engines_of_town.own_broker.nodes
    node = nodes[blow % len(nodes)]
    node.kill()
    assert kill_instances(town, blow % 2 + 1) > 10
    until(lambda: sees_a_page(town) and signs_in(town), 60)
    try:
        yield
    finally:
        whole(town)


def whole(town: DemoTown) -> None:
    """Start the nodes that are down, and return when everything answers."""
    engines = town.applied.engines_of_town
    engines.start_own_engines()
    until_whole(town, 90)


def sees_a_page(town: DemoTown) -> bool:
    """Say whether the portal answers a visitor."""
    session = requests.Session()
    session.trust_env = False
    try:
        return session.get(f"{town.portal}/connexion", timeout=3).status_code == 200
    except requests.RequestException:
        return False


def signs_in(town: DemoTown) -> bool:
    """Say whether a process that has just begun finds its way over the bus and back."""
    client = Client(Settings.from_env(town.applied.environment_of_principal("portal")))
    try:
        return bool(client.ask(sign_ins.sign_in, sign_ins.SignInRequest(LOGIN, PASSWORD)).token)
    except Refusal:
        return False
    finally:
        client.close()


class Watch:
    """Does something over and over, and notes for how long at most it did not succeed."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self.longest = 0.0
        self.successes = 0
        self._act = act
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(30)

    def _run(self) -> None:
        last = time.monotonic()
        while not self._ended.wait(0.02):
            if self._act():
                moment = time.monotonic()
                self.longest, last = max(self.longest, moment - last), moment
                self.successes += 1
