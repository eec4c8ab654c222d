"""
Tries, in a service's own surroundings, whatever may not be done inside a write.

    python -m tests.faults.yielding <database url>, with a principal's settings

Prints a line for each: what was tried, what it raised, and how many writes were kept. Then many
greenlets write at once, and it says that the process still lives. The driver of PostgreSQL itself
yields inside a write, where that does no harm: there only the kit's own verbs are refused.
"""

import sys
import time

from shared.bus import runner  # isort: skip - first: it makes the process a cooperative one

from sqlalchemy import func, insert, select

from shared.bus.broker.publisher import Publisher
from shared.bus.client import Client
from shared.bus.native_threads import run_in_native_thread
from shared.runtime.no_waiting_in_writes import YieldsInWrite
from shared.settings import Settings
from tests.faults.writing import connected
from tests.kit import contracts, models


def main(url: str) -> None:
    settings = Settings.from_env()
    store, client = connected(url), Client(settings)
    publisher = Publisher(settings.amqp_uri, settings.principal)
    if store.engine.dialect.name == "sqlite":
        runner._forbid_yields_in_writes()

    def nested() -> None:
        with store.write():
            pass

    cooperative = {"sleep": lambda: time.sleep(0.01), "yield": lambda: runner.eventlet.sleep(0)}
    acts = {
        **(cooperative if store.engine.dialect.name == "sqlite" else {}),
        "ask": lambda: client.ask(contracts.echo, contracts.Text("bonjour")),
        "publish": lambda: publisher.publish(
            "out.dossier", "event.x", b"{}", message_id="x", type="x", headers={}
        ),
        "run_in_native_thread": lambda: run_in_native_thread(sum, [1, 2]),
        "nested": nested,
    }
    for name, act in acts.items():
        try:
            with store.write() as write:
                write.execute(insert(models.counter), [{"name": name, "total": 1}])
                act()
            raised = "nothing"
        except YieldsInWrite:
            raised = "YieldsInWrite"
        with store.read() as read:
            kept = read.scalar(select(func.count()).select_from(models.counter))
        print(name, raised, kept, flush=True)

    with runner.eventlet.Timeout(10):
        for thread in [runner.eventlet.spawn(nested) for _ in range(50)]:
            thread.wait()
    time.sleep(0.01)
    print("alive", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
