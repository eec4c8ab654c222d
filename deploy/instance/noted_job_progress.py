"""
Progress of a long job of an instance: written to disk by the job, read by `preau status`.

One job at a time: it holds a lock that the kernel lets go of at any death, so that a job that was
killed is distinguished from one that runs.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.instance.instance import Instance, replace_file, try_file_lock
from deploy.instance.kept_json import read_kept_json
from deploy.instance.user_error import UserError

RUNNING, DONE, BROKEN_OFF = "running", "done", "broken off"
WRITTEN_EVERY = 0.5
"""Seconds between two writes: what comes sooner is not kept."""


class JobUnderWay(UserError):
    """Another process is at the job already."""


class Progress:
    """Progress of one job: its stage, out of how many, and the position within it."""

    def __init__(self, path: Path, job: str) -> None:
        self._path, self._written = path, 0.0
        self._state: dict[str, object] = {
            **{"job": job, "pid": os.getpid(), "state": RUNNING},
            **{"stage": "", "at": 0, "of": 0, "step": "", "done": 0, "total": 0},
        }
        self._write()

    def begin_stage(self, name: str, at: int, of: int) -> None:
        """Begin a stage, counted from 1."""
        self._state |= {"stage": name, "at": at, "of": of, "step": "", "done": 0, "total": 0}
        self._write()

    def show_step(self, name: str, done: int, total: int) -> None:
        """Say how far a stage is."""
        self._state |= {"step": name, "done": done, "total": total}
        if time.monotonic() - self._written >= WRITTEN_EVERY:
            self._write()

    def end_job(self, state: str) -> None:
        """Say how the job ended."""
        self._state["state"] = state
        self._write()

    def _write(self) -> None:
        self._written = time.monotonic()
        replace_file(self._path, json.dumps(dict(self._state)) + "\n")


@contextmanager
def report_job(instance: Instance, name: str) -> Iterator[Progress]:
    """Give what a job reports to; raises JobUnderWay where another process is at one."""
    with open(_lock_path(instance), "ab") as lock:
        if not try_file_lock(lock):
            raise JobUnderWay(
                f"{name} of {instance.home} is under way already: `preau status` says how far."
            )
        progress = Progress(_progress_path(instance), name)
        try:
            yield progress
        except BaseException:
            progress.end_job(BROKEN_OFF)
            raise
        progress.end_job(DONE)


def read_progress(instance: Instance) -> dict[str, object] | None:
    """Return what the latest job has come to, None where there was none."""
    path = _progress_path(instance)
    found = read_kept_json(path, dict, "Delete it: the next job writes it anew.")
    if found is None:
        return None
    if found["state"] == RUNNING and not _is_lock_held(_lock_path(instance)):
        found["state"] = BROKEN_OFF
    return found


def _is_lock_held(lock: Path) -> bool:
    with open(lock, "rb") as file:
        return not try_file_lock(file, fcntl.LOCK_SH)


def _progress_path(instance: Instance) -> Path:
    return instance.run_dir / "job.json"


def _lock_path(instance: Instance) -> Path:
    return instance.run_dir / "job.lock"
