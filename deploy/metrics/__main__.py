"""Serves /metrics on this machine alone, until it is ended."""

import os
import signal
import threading
from pathlib import Path

from prometheus_client import CollectorRegistry, start_http_server

from deploy.applied_town import Applied
from deploy.instance.instance import LOOPBACK, Instance
from deploy.metrics.host_metrics import Ground
from deploy.metrics.summed_process_metrics import Counted
from deploy.metrics.town_metrics import States
from shared.runtime.gunicorn_hooks import FOLDER


def main() -> None:
    """Serve until SIGTERM."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    applied = Applied(Instance.from_environment())
    registry = CollectorRegistry()
    registry.register(Counted(Path(os.environ[FOLDER]).parent))
    registry.register(Ground(applied))
    states = States(applied)
    registry.register(states)
    start_http_server(applied.instance.metrics_port, LOOPBACK, registry)
    ended.wait()
    states.close()


if __name__ == "__main__":
    main()
