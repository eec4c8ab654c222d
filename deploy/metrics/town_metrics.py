"""
Metrics of the services' databases, of the broker's queues and of processes, read at a scrape.

They are read at most once in LEAST_SECONDS, however often the page is scraped.
"""

import threading
import time
from collections.abc import Iterable, Iterator

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from deploy.applied_town import Applied
from deploy.engines.management_interface import BrokerRefused, BrokerUnreachable
from deploy.processes import supervisor
from deploy.processes.ops_requests import measures_of_services
from deploy.processes.process import RUNNING
from shared.bus.client import Client
from shared.contracts.every_service import operations
from shared.register.declarations import OPS
from shared.register.queues import REQUESTS, is_events_queue
from shared.settings import Settings

LEAST_SECONDS = 5.0

LABELS = {
    "replica_behind": "provider",
    "replica_lag_seconds": "provider",
    "fund_refused": "code",
    "run_open": "state",
    "run_oldest_seconds": "state",
}
DESCRIPTIONS = {
    "outbox_waiting": "Events published that the broker has not confirmed yet.",
    "outbox_oldest_seconds": "How long the oldest of them has waited.",
    "returned": "Events that no binding took, since the beginning: mistakes.",
    "returned_lately": "The same within the last day.",
    "replica_behind": "Versions sent to a provider that it has not confirmed.",
    "replica_lag_seconds": "How long the oldest of them has been on its way.",
    "payment_waiting": "Online payments of which nobody knows yet what became of them.",
    "payment_oldest_seconds": "How old the oldest of them is.",
    "fund_refused": "One where API Particulier refuses the town's token, by its code.",
    "accounts_unreadable": "One where billing has another key than that of families' accounts.",
    "run_open": "Billing runs that are not issued.",
    "run_oldest_seconds": "How old the oldest of them is.",
    "mail_waiting": "Emails that the mail server has not taken yet.",
    "mail_oldest_seconds": "How long the oldest of them has waited, but for a mailbox's own sake.",
    "mail_refused": "Emails refused for good within a day, where more were than left; else 0.",
    "mail_uncertain": "Emails of which nobody knows whether they left, while they are of use.",
    "sign_in_one_address": "People who signed in within a day where all came from one address.",
    "person_request_open": "Requests of persons on their data that have no answer yet.",
    "person_request_overdue": "Those of them whose last day is over.",
}
"""Every measure that a service gives of itself, and what it means."""


class States(Collector):
    """Reads the states of one instance, as `ops` and as the broker's administrator."""

    def __init__(self, applied: Applied) -> None:
        self._applied = applied
        self._lock = threading.Lock()
        self._client: Client | None = None
        self._read_at = float("-inf")
        self._read: list[Metric] = []

    def collect(self) -> Iterable[Metric]:
        with self._lock:
            if time.monotonic() >= self._read_at + LEAST_SECONDS:
                self._read = [
                    *self._service_metrics(),
                    *self._broker_metrics(),
                    *self._process_metrics(),
                    *self._antivirus_metrics(),
                ]
                self._read_at = time.monotonic()
            return self._read

    def describe(self) -> Iterable[Metric]:
        """Say nothing in advance: asking takes a running town."""
        return []

    def close(self) -> None:
        """Give up the connection to the broker."""
        if self._client is not None:
            self._client.close()

    def _service_metrics(self) -> Iterator[Metric]:
        answering = _new_gauge("service_up", "Whether a service answers operations.", "principal")
        gauges = {
            name: _new_gauge(
                name, description, "principal", *([LABELS[name]] if name in LABELS else [])
            )
            for name, description in DESCRIPTIONS.items()
        }
        for principal, metrics in self._measures_by_service().items():
            answering.add_metric([principal], metrics is not None)
            for metric in (row for row in metrics or () if row["name"] in DESCRIPTIONS):
                label = [metric["label"]] if metric["name"] in LABELS else []
                gauges[metric["name"]].add_metric([principal, *label], metric["value"])
        yield answering
        yield from gauges.values()

    def _measures_by_service(self) -> dict[str, list[operations.Metric] | None]:
        try:
            if self._client is None:
                self._client = Client(
                    Settings.from_env(self._applied.environment_of_principal(OPS))
                )
            return measures_of_services(self._applied, self._client)
        except OSError:  # no register yet, or no slot to be answered in
            return {}

    def _broker_metrics(self) -> Iterator[Metric]:
        up = _new_gauge("broker_up", "Whether the broker's management answers.")
        alarm = _new_gauge(
            "broker_alarm", "Whether the broker takes no messages, by why.", "resource"
        )
        messages = _new_gauge("queue_messages", "Messages in a queue.", "queue")
        consumers = _new_gauge("queue_consumers", "Processes that read from a queue.", "queue")
        dead = _new_gauge(
            "dead_letters", "Messages that their owner could not handle.", "principal"
        )
        broker = self._applied.broker_as_administrator()
        try:
            queues, alarms = broker.queues_with_counts(), broker.active_alarms()
        except (BrokerUnreachable, BrokerRefused):
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        for resource in ("disk", "memory"):
            alarm.add_metric([resource], resource in alarms)
        for queue in queues:
            kind, _, owner = queue.name.partition(".")
            if kind == "dead":
                dead.add_metric([owner], queue.messages)
            elif REQUESTS in queue.name or is_events_queue(queue.name):
                messages.add_metric([queue.name], queue.messages)
                consumers.add_metric([queue.name], queue.consumers)
        yield from (up, alarm, messages, consumers, dead)

    def _process_metrics(self) -> Iterator[Metric]:
        running = _new_gauge("process_running", "Whether a process of the town runs.", "process")
        restarts = _new_gauge(
            "process_restarts", "How often it had to be started again.", "process"
        )
        state = supervisor.supervisor_state(self._applied.instance) or {"processes": {}}
        for name, row in state["processes"].items():
            running.add_metric([name], row["state"] == RUNNING)
            restarts.add_metric([name], row["restarts"])
        yield from (running, restarts)

    def _antivirus_metrics(self) -> Iterator[Metric]:
        if antivirus := self._applied.engines_of_town.antivirus:
            up = _new_gauge("antivirus_up", "Whether the antivirus answers, where there is one.")
            up.add_metric([], antivirus.is_reachable())
            yield up


def _new_gauge(name: str, description: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"preau_{name}", description, labels=labels)
