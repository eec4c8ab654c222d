"""A broker and two tiny services on it, as real processes: the ground of the conformance suite."""

import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deploy.engines.broker_reconciliation import Broker
from deploy.engines.broker_topology import Topology, topology_of_register
from deploy.engines.rabbitmq_node import BrokerNode
from deploy.instance.secrets import (
    new_encryption_key,
    new_token_signing_key,
    random_secret,
    token_verify_key,
)
from shared.bus.client import Client
from shared.bus.service_declarations import register_rows_of
from shared.contracts.errors import Refusal
from shared.database.engines import open_engine
from shared.register import parse_register
from shared.register.declarations import expand_symbols, principals_running_service
from shared.settings import Settings
from tests.kit import processes
from tests.kit.alpha import Alpha
from tests.kit.beta import Beta
from tests.kit.models import Base
from tests.kit.processes import Process

CLASSES = {"dossier": "tests.kit.alpha:Alpha", "enrolment": "tests.kit.beta:Beta"}
FIXED = ("dossier", "portal", "ops", "identity", "billing")


class Cast:
    """Principals of the kit's town: two providers."""

    demo = True
    provider_principals = ("enrolment_one", "enrolment_two")
    front_desk = None


class KitTown:
    """Makes a virtual host from the services' own declarations, and runs processes on it."""

    def __init__(
        self,
        node: BrokerNode,
        home: Path,
        name: str,
        others: tuple[BrokerNode, ...] = (),
        *,
        event_queues: int = 1,
    ) -> None:
        self.nodes = (node, *others)
        self.event_queues = event_queues
        self.home = home
        self.vhost = name
        admin, password = node.admin
        urls = [each.management_url for each in self.nodes]
        self.broker = Broker(urls[0], admin, password, name, urls[1:])
        self.signing_key = new_token_signing_key()
        self.principals = [*FIXED, *Cast.provider_principals]
        self.passwords = {principal: random_secret() for principal in self.principals}
        self.processes: list[Process] = []
        self.databases: dict[str, str] = {}
        self.register_rows = self._register()
        self.apply()

    @property
    def node(self) -> BrokerNode:
        """Return a node of the broker that runs."""
        return next((node for node in self.nodes if node.is_running()), self.nodes[0])

    def apply(self) -> list[Any]:
        """Write the register and bring the broker to it."""
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / "register.json").write_text(json.dumps(self.register_rows))
        return self.broker.apply_topology(self.topology(), self.passwords)

    def topology(self) -> Topology:
        """Return what the broker is to hold."""
        return topology_of_register(
            parse_register(self.register_rows), clustered=len(self.nodes) > 1
        )

    def share_events(self, count: int) -> None:
        """Want so many queues of each provider's events; `apply` brings them."""
        self.event_queues = count
        self.register_rows = self._register()

    def settings(self, principal: str, url: str = "sqlite://") -> Settings:
        """Return the settings of one principal, as a process would read them."""
        return Settings.from_env(self.environment(principal, url))

    def client(self, principal: str) -> Client:
        """Return a client in the name of a principal."""
        return Client(self.settings(principal))

    def environment(self, principal: str, url: str) -> dict[str, str]:
        """Return the environment of one process."""
        return {
            "PREAU_HOME": str(self.home),
            "PREAU_PRINCIPAL": principal,
            "AMQP_URI": self.amqp_uri(principal),
            "DATABASE_URL": url,
            "KEYS_URL": f"sqlite:///{self.home}/{principal}-keys.sqlite",
            "KEY_ENCRYPTION_KEY": new_encryption_key(),
            "TOKEN_VERIFY_KEY": token_verify_key(self.signing_key),
            "SECRET_KEY": random_secret(),
        }

    def amqp_uri(self, principal: str) -> str:
        """Return the broker's address with the principal's own credentials."""
        who = f"{principal}:{self.passwords[principal]}"
        places = (f"127.0.0.1:{node.amqp_port}" for node in self.nodes)
        return ";".join(f"amqp://{who}@{place}/{self.vhost}" for place in places)

    def start(
        self, principal: str, service: str, database: Any, env: dict[str, str] | None = None
    ) -> Process:
        """Start one process of a tiny service; its log goes to `home/<principal>.log`."""
        self.databases[principal] = database.url
        process = processes.start(
            self.home / f"{principal}.log",
            {**self.environment(principal, database.url), **(env or {})},
            *("shared.bus.runner", CLASSES[service]),
        )
        self.processes.append(process)
        return process

    def log_of(self, principal: str) -> str:
        """Return what a principal's processes have logged."""
        return (self.home / f"{principal}.log").read_text(errors="replace")

    def stop(self) -> None:
        """End every process and remove the virtual host."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
        self.broker.remove_vhost()

    def _register(self) -> dict[str, Any]:
        answering, hearing = register_rows_of([Alpha, Beta])
        cast = Cast()
        calls = [
            {
                "caller": caller,
                "callee": callee,
                "method": row.method,
                "version": row.version,
                "right": row.right,
            }
            for row in answering
            for callee in principals_running_service(row.service, cast)
            for caller in expand_symbols(row.callers, cast)
            if caller != callee
        ]
        events = [
            {
                "source": source,
                "event": row.event,
                "version": row.version,
                "key": key,
                "consumer": consumer,
            }
            for row in hearing
            for source in expand_symbols(row.sources, cast)
            for consumer in principals_running_service(row.service, cast)
            for key in _keys(row, consumer)
        ]
        principals = [
            {
                "name": name,
                "service": name.split("_")[0],
                "provider": None,
                "reply_slots": 6,
                "push_slots": 2 if name in ("portal", *Cast.provider_principals) else 0,
                "event_queues": self.event_queues if name in Cast.provider_principals else 1,
            }
            for name in self.principals
        ]
        town = {
            "code": "kit",
            "name": "Kit",
            "demo": True,
            "help_phone": "",
            "help_hours": "",
            "school_year": "2026-2027",
        }
        rest: dict[str, Any] = {
            part: [] for part in ("communes", "entitlements", "providers", "sections", "treatments")
        }
        calendar = {"zone": "B", "alsace_moselle": False, "bridges": "none", "days": []}
        rest["calendar"] = calendar
        return {"town": town, "principals": principals, "calls": calls, "events": events, **rest}


def _keys(row: Any, consumer: str) -> list[str]:
    """Only the first provider is entitled to the topic `diet`; both hear `core`."""
    if not row.addressed:
        return [f"event.{row.event}"]
    topics = ["core", "diet"] if consumer == "enrolment_one" else ["core"]
    return [f"event.{consumer}.{topic}" for topic in topics]


def until(check: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Return the first true value of `check`, tried until `seconds` have passed."""
    end = time.monotonic() + seconds
    while True:
        try:
            if value := check():
                return value
        except Refusal:
            pass
        if time.monotonic() > end:
            raise AssertionError("it did not come to pass")
        time.sleep(0.05)


def create_tables(database: Any) -> None:
    """Make the tiny services' tables."""
    engine = open_engine(database.owner_url)
    Base.metadata.create_all(engine)
    engine.dispose()


def logs_of(town: KitTown) -> str:
    """Return everything that the services and the broker have logged."""
    files = [*town.home.glob("*.log"), *town.node.instance.log_dir.glob("*.log")]
    return "".join(file.read_text(errors="replace") for file in files)
