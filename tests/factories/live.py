"""Families' streams as gunicorn serves them, by several processes, and browsers that listen."""

import json
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from deploy.engines.broker_reconciliation import Broker
from deploy.engines.broker_topology import topology_of_register
from deploy.engines.rabbitmq_node import BrokerNode
from deploy.instance.secrets import random_secret
from deploy.services import SHARED_BY_STREAMS
from services.portal_gateway.session import sessions
from services.portal_gateway.store import store
from shared.bus.outbox_relay import Relay
from shared.register import parse_register
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories.portal import Portal
from tests.factories.register import demo_rows
from tests.kit import processes
from tests.kit.processes import Process

PAGES = "http://127.0.0.1:8610"
HEARTBEAT = 0.4
STARTED_SECONDS = 120.0
"""Time in which processes of gunicorn answer, on a full machine too."""
APPLICATION = f"services.portal_gateway.pages.live_app:create_app(heartbeat={HEARTBEAT})"


def until(check: Callable[[], Any], seconds: float = 15.0) -> Any:
    """Return the first true value of `check`; it fails where there is none in time."""
    end = time.monotonic() + seconds
    while not (value := check()):
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)
    return value


class Browser:
    """One open page: what its stream said, as (id, kinds), and whether it is over."""

    def __init__(self, url: str, secret: str, since: str = "") -> None:
        self.told: list[tuple[str, list[str]]] = []
        self.over = False
        self.ended = threading.Event()
        self._answer = requests.get(
            f"{url}/flux",
            params={"depuis": "none"},
            headers={"Origin": PAGES, **({"Last-Event-ID": since} if since else {})},
            cookies={"portal_session": secret},
            stream=True,
            timeout=(5, 10),
        )
        self.status = self._answer.status_code
        self.headers = self._answer.headers
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def kinds(self) -> list[str]:
        """Return the kinds that were told so far, in their order."""
        return [kind for _, kinds in self.told for kind in kinds]

    @property
    def position(self) -> str:
        return self.told[-1][0]

    def close(self) -> None:
        self._answer.close()

    def _listen(self) -> None:
        event: dict[str, str] = {}
        with suppress(requests.RequestException, AttributeError, ValueError, OSError):
            for line in self._answer.iter_lines(chunk_size=1, decode_unicode=True):
                name, _, value = line.partition(": ")
                if line:
                    event[name] = value
                    continue
                if event.get("event") == "change":
                    self.told.append((event["id"], json.loads(event["data"])["kinds"]))
                self.over |= event.get("event") == "over"
                event = {}
        self.ended.set()


@dataclass
class Streams:
    """The portal's ear, its relay, and processes that hold pages open, two workers each."""

    portal: Portal
    urls: list[str] = field(default_factory=list)
    _processes: list[Process] = field(default_factory=list)

    def starts(self) -> str:
        """Start one more process of two workers; return its address."""
        with socket.socket() as any_free:
            any_free.bind(("127.0.0.1", 0))
            port = any_free.getsockname()[1]
        process = processes.start(
            Path(self.portal.environment["PREAU_HOME"]) / "streams.log",
            {**self.portal.environment, "PAGES_URL": PAGES},
            *("gunicorn", APPLICATION, "--bind", f"127.0.0.1:{port}", "--graceful-timeout", "0"),
            *("--workers", "2", "--worker-class", "gevent", "--no-control-socket"),
            shared=SHARED_BY_STREAMS,
        )
        self._processes.append(process)
        self.urls.append(f"http://127.0.0.1:{port}")
        return self.urls[-1]

    def ready(self) -> None:
        """Return once every process answers."""
        for url in self.urls:
            until(lambda url=url: _answers(url), STARTED_SECONDS)

    def guardian(self, *households: str) -> tuple[str, str]:
        """Let a guardian of these households be signed in; return (subject, secret)."""
        subject = new_id()
        self.portal.receives_guardian_card(subject, list(households))
        with self.portal.site.test_client() as client:
            return subject, make.sign_in(client, subject)

    def has_news(self, household: str) -> None:
        self.portal.receives_notice("enrolment_ens", household, new_id())

    def opens(self, secret: str, since: str = "", at: int = 0) -> Browser:
        """Open a page's stream and wait for its first word."""
        browser = Browser(self.urls[at], secret, since)
        assert browser.status == 200
        return browser

    def signs_out(self, secret: str) -> None:
        sessions.end_session(secret)

    def stops(self) -> None:
        for process in self._processes:
            process.send_signal(signal.SIGTERM)
        for process in self._processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def streams_on(node: BrokerNode, database: Database, home: Path) -> Iterator[Streams]:
    """Give two processes of two workers each, on one database and a virtual host of their own."""
    admin, secret = node.admin
    rows = demo_rows()
    passwords = {row["name"]: random_secret() for row in rows["principals"]}
    name = f"live-{new_id()}"
    broker = Broker(node.instance.management_url, admin, secret, name)
    broker.apply_topology(topology_of_register(parse_register(rows)), passwords)
    amqp = f"amqp://portal:{passwords['portal']}@127.0.0.1:{node.instance.amqp_port}/{name}"
    with make.portal_on(database, home, amqp) as portal:
        relay = Relay(store, portal.service.settings)
        threading.Thread(target=relay.run, daemon=True).start()
        streams = Streams(portal)
        try:
            streams.starts(), streams.starts()
            streams.ready()
            yield streams
        finally:
            streams.stops()
            relay.stop()
            time.sleep(0.2)  # the relay ends after the batch in hand
    broker.remove_vhost()


def _answers(url: str) -> bool:
    with suppress(requests.RequestException):
        return requests.get(f"{url}/health", timeout=2).status_code == 200
    return False
