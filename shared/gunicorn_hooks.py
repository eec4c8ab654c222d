"""What gunicorn is told to do where a worker ends: its open pages are nobody's any more."""

import os
from pathlib import Path
from typing import Any

FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def on_starting(_server: Any) -> None:
    """Forget the open pages of workers that were killed together with their master."""
    _forget("gauge_live*.db")


def child_exit(_server: Any, worker: Any) -> None:
    """Forget the open pages of one worker."""
    _forget(f"gauge_live*_{worker.pid}.db")


def _forget(pattern: str) -> None:
    if folder := os.environ.get(FOLDER):
        for left in Path(folder).glob(pattern):
            left.unlink(missing_ok=True)
