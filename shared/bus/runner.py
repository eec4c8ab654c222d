"""
Runs one service: `python -m shared.bus.runner services.dossier.service:DossierService`.

Requests and events run in two nameko containers of one process, so that many slow events do not
delay requests (with one container, 400 slow events raised their median from 1 to 104 ms). nameko's
own command line imports `pkg_resources`, which current setuptools no longer has.
"""

import warnings

warnings.simplefilter("ignore")  # eventlet's deprecation: decision 0001
import eventlet  # noqa: E402

eventlet.monkey_patch()

import random  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from importlib import import_module  # noqa: E402
from typing import Any  # noqa: E402

from greenlet import getcurrent  # noqa: E402
from nameko.extensions import Entrypoint  # noqa: E402
from nameko.runners import ServiceRunner  # noqa: E402

from shared.bus.client import Client  # noqa: E402
from shared.bus.comparison import Comparisons  # noqa: E402
from shared.bus.handling.dead_letter_replay import DeadLetters  # noqa: E402
from shared.bus.handling.event_entrypoint import Events  # noqa: E402
from shared.bus.handling.request_entrypoint import Answering, Requests  # noqa: E402
from shared.bus.held_data_pages import HeldPages  # noqa: E402
from shared.bus.lease import give_up_leases, keep_lease, this_process_as_holder  # noqa: E402
from shared.bus.outbox_relay import Relay  # noqa: E402
from shared.bus.service_declarations import Service, Task, declarations_by_method  # noqa: E402
from shared.database.comparison.sums import merge_sum_rows_of_all_tables  # noqa: E402
from shared.database.store import purge_kit_tables  # noqa: E402
from shared.runtime.code_loading import garbage_collection_held_back  # noqa: E402
from shared.runtime.logs import configure_logs, log, log_error  # noqa: E402
from shared.runtime.no_waiting_in_writes import assert_not_writing  # noqa: E402
from shared.runtime.trace import traced  # noqa: E402
from shared.settings import Settings  # noqa: E402

MAX_WORKERS = 20


PURGE = Task(seconds=3600, jitter=60)
OLD_REQUESTS = Task(seconds=3600, jitter=0)
SHORTEST_LEASE_SECONDS = 30.0
"""
Shortest lease on a periodic task, renewed once half of it is over: one that runs every second
writes its lease four times a minute. Where a machine dies, another one goes on after as long at
most; a process of the same machine, and what a service gives up as it ends, goes on at once.
"""


class Background(Entrypoint):
    """The outbox relay and the periodic tasks of one service."""

    def setup(self) -> None:
        service = self.container.service_cls
        self._service = service()
        self._relay = Relay(service.store, service.settings)
        self._running = True
        self._holder = this_process_as_holder()

    def start(self) -> None:
        self.container.spawn_managed_thread(self._relay.run, "relay")
        self._spawn_task("kit tables", PURGE, self._purge_kit_tables)
        self._spawn_task("old requests", OLD_REQUESTS, self._service.dead_letters.delete_requests)
        for name, declaration in declarations_by_method(type(self._service)).items():
            if isinstance(declaration, Task):
                self._spawn_task(name, declaration, getattr(self._service, name))

    def stop(self) -> None:
        self._running = False
        self._relay.stop()
        try:
            give_up_leases(self._service.store, self._holder)
        except Exception as error:  # the leases expire by themselves
            log_error("leases_kept", error)

    def _spawn_task(self, name: str, task: Task, job: Callable[[], object]) -> None:
        def run_periodically() -> None:
            time.sleep(random.uniform(0, task.jitter))
            while self._running:
                self._run_if_leased(name, task, job)
                time.sleep(task.seconds)

        self.container.spawn_managed_thread(run_periodically, name)

    def _run_if_leased(self, name: str, task: Task, job: Callable[[], object]) -> None:
        with traced():
            try:
                if keep_lease(self._service.store, name, self._holder, _seconds_of_lease(task)):
                    job()
            except Exception as error:
                log_error("task_failed", error, task=name)

    def _purge_kit_tables(self) -> None:
        with self._service.store.write() as write:
            purge_kit_tables(
                write,
                inbox_days=self._service.inbox_days,
                answer_hours=self._service.answer_hours,
            )
        with self._service.store.write() as write:
            merge_sum_rows_of_all_tables(write, self._service.store.metadata)


def _seconds_of_lease(task: Task) -> float:
    return max(2 * task.seconds, SHORTEST_LEASE_SECONDS)


def connect_service(service: type[Service], settings: Settings) -> type[Service]:
    """Return the service with its settings, database, vault and client; raises NoDeclaration."""
    declarations_by_method(service)
    service.store.connect(settings.database_url, settings.register, key=settings.key_encryption_key)
    if service.vault is not None:
        service.vault.connect(settings.keys_url, settings.key_encryption_key)
    service.settings = settings
    service.bus = Client(settings)
    service.dead_letters = DeadLetters(service())
    service.comparisons = Comparisons(service())
    service.held_pages = HeldPages(service())
    return service


def container_classes_of(service: type[Service]) -> list[type]:
    """Return the two container classes: one for requests, one for events, relay and tasks."""
    shared: dict[str, Any] = {"settings": service.settings, "answering": Answering(service())}
    requests = type("Requests", (), {**shared, "name": f"{service.name}.rpc"})
    requests._answer = Requests.decorator(lambda _self: None)  # type: ignore[attr-defined]
    events = type("Events", (service,), {"name": f"{service.name}.events"})
    events._subscribe = Events.decorator(lambda _self: None)  # type: ignore[attr-defined]
    events._work = Background.decorator(lambda _self: None)  # type: ignore[attr-defined]
    return [requests, events]


def _forbid_yields_in_writes() -> None:
    """Make the hub, through which every greenlet yields, refuse to switch inside a SQLite write."""
    hub = eventlet.hubs.get_hub()
    switch = hub.switch

    def switch_outside_writes() -> Any:
        if getcurrent() is not hub.greenlet:
            assert_not_writing()
        return switch()

    hub.switch = switch_outside_writes


def main(path: str) -> None:
    """Run the service named `module:Class` until SIGTERM."""
    module, _, name = path.partition(":")
    settings = Settings.from_env()
    configure_logs(settings.principal)
    with garbage_collection_held_back():
        declared = getattr(import_module(module), name)
    service = connect_service(declared, settings)
    if settings.database_url.startswith("sqlite:"):
        _forbid_yields_in_writes()
    runner = ServiceRunner({"max_workers": MAX_WORKERS})
    for container in container_classes_of(service):
        runner.add_service(container)
    signal.signal(signal.SIGTERM, lambda *_: eventlet.spawn_n(runner.stop))
    signal.signal(signal.SIGINT, lambda *_: eventlet.spawn_n(runner.stop))
    runner.start()
    log("started", service=settings.principal)
    runner.wait()
    service.bus.close()
    log("stopped", service=settings.principal)


if __name__ == "__main__":
    main(sys.argv[1])
