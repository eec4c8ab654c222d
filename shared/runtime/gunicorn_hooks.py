"""
Gunicorn hooks: preload the code of pages, end slow senders, remove a worker's metrics at its end.

The code of pages is imported once, before workers are forked: they share its memory, and a killed
worker is replaced without an import. Nothing is connected then: applications are created after the
fork. Streams are not preloaded, because gevent must patch before their imports.
"""

import gc
import os
import socket
import struct
from importlib import import_module
from pathlib import Path
from typing import Any

from shared.runtime.code_loading import code_loaded_for_forks

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
THREADED = "gthread"

SLOWEST_SECONDS = 2
"""
Pause in which a sender's next bytes must come: one that stops halfway would hold a thread for ever.

nginx sends a request once it has all of it. Without nginx only this machine reaches these ports.
"""


def on_starting(server: Any) -> None:
    """Remove the gauges of killed workers; import the code that workers share."""
    _remove_gauges("gauge_live*.db")
    if server.cfg.worker_class_str == THREADED:
        with code_loaded_for_forks():
            import_module(server.app.app_uri.partition(":")[0])


def when_ready(server: Any) -> None:
    """Let a read from a connection end by itself; those accepted inherit it from the listener."""
    pause = struct.pack("ll", SLOWEST_SECONDS, 0)
    for listener in server.LISTENERS:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, pause)


def post_worker_init(_worker: Any) -> None:
    """Leave out of collections what the application was made of: it lasts as long as the worker."""
    gc.freeze()


def child_exit(_server: Any, worker: Any) -> None:
    """Remove the gauges of one worker."""
    _remove_gauges(f"gauge_live*_{worker.pid}.db")


def _remove_gauges(pattern: str) -> None:
    if folder := os.environ.get(FOLDER):
        for left in Path(folder).glob(pattern):
            left.unlink(missing_ok=True)
