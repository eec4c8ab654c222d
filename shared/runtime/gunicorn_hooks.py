"""
What gunicorn is told to do where a server starts and where a worker ends.

The code of pages is imported once, before workers are forked: these share its memory, and one that
was killed is back without importing anything. Nothing is connected then: applications are made
after the fork. Streams are left alone, for gevent has to come before what they import.
"""

import gc
import os
from importlib import import_module
from pathlib import Path
from typing import Any

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
THREADED = "gthread"


def on_starting(server: Any) -> None:
    """Forget the pages that killed workers held open; import what workers will share."""
    _forget("gauge_live*.db")
    if server.cfg.worker_class_str == THREADED:
        import_module(server.app.app_uri.partition(":")[0])
        gc.freeze()  # a collection in a worker would copy what it only looks at


def child_exit(_server: Any, worker: Any) -> None:
    """Forget the open pages of one worker."""
    _forget(f"gauge_live*_{worker.pid}.db")


def _forget(pattern: str) -> None:
    if folder := os.environ.get(FOLDER):
        for left in Path(folder).glob(pattern):
            left.unlink(missing_ok=True)
