"""
Throws links away and at once opens something else, which gets their descriptors.

    python -m tests.faults.closing, with a principal's settings

Prints a line for each that could be read, as in a service: with greenlets, of which only one may
wait for a descriptor.
"""

from shared.bus import runner  # isort: skip - first: it makes the process a cooperative one

import os
import time

from shared.bus.broker.publisher import Publisher
from shared.settings import Settings

TIMES = 20


def main() -> None:
    settings = Settings.from_env()
    publisher = Publisher(settings.amqp_uri, settings.principal)
    for _ in range(TIMES):
        publisher.publish("out.dossier", "event.x", b"{}", message_id="x", type="x", headers={})
        time.sleep(0.02)  # its draining greenlet waits for the broker by now
        publisher.drop_connection()
        heard, said = os.pipe()  # the lowest descriptors that are free
        more = [os.dup(heard) for _ in range(3)]
        runner.eventlet.spawn_after(0.01, os.write, said, b"x")
        for descriptor in (heard, *more):
            runner.eventlet.hubs.trampoline(descriptor, read=True, timeout=5)
        for descriptor in (heard, said, *more):
            os.close(descriptor)
        print("read", flush=True)


if __name__ == "__main__":
    main()
