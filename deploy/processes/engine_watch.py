"""
Keeps Préau's own broker and database server running; the supervisor keeps this running.

An engine outlives whoever starts it, so its end is nobody's signal: its process is looked at some
times a second. One that ends again and again is started at growing intervals, and never given up;
what became of each is written down for `preau doctor` and the page of metrics.
"""

import json
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypedDict

from deploy.applied_town import Applied
from deploy.instance.instance import Instance, replace_file
from deploy.instance.kept_json import read_kept_json
from deploy.instance.user_error import UserError
from deploy.processes.log_files import log_disk_errors, print_log_line

LOOK_SECONDS = 0.25
FIRST_DELAY, LONGEST_DELAY = 1.0, 30.0
STEADY_SECONDS = 30.0
"""An engine that ran for so long is started again as if it had never failed."""

UNSTEADY = 3
"""The number of ends, each soon after the start before it, from which on they are no accident."""


class Engine(Protocol):
    """A broker node, or a database server."""

    @property
    def name(self) -> str:
        """Return how its log is called."""

    def start(self) -> None:
        """Start the engine unless it runs; raises UserError or OSError."""

    def is_running(self) -> bool:
        """Return whether its process is there."""


class State(TypedDict):
    """State of an engine; `failures` counts its ends soon after a start, in a row."""

    running: bool
    restarts: int
    failures: int


@dataclass
class Watched:
    """An engine that is kept running."""

    engine: Engine
    restarts: int = 0
    failures: int = 0
    running: bool = True
    _started: float = float("-inf")
    _due: float = float("-inf")

    def start_if_ended(self, moment: float) -> None:
        """Start the engine if it has ended and its time has come; `moment` is monotonic."""
        self.running = self.engine.is_running()
        if self.running:
            if moment - self._started > STEADY_SECONDS:
                self.failures = 0
            return
        if moment < self._due:
            return
        self.failures += 1
        self.restarts += 1
        self._started = moment
        self._due = moment + min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(self.failures - 1, 10))
        print_log_line(f"{self.engine.name} has ended, and is started again")
        try:
            self.engine.start()
        except (UserError, OSError) as error:
            print_log_line(f"{self.engine.name} cannot start: {error}")

    @property
    def state_of_engine(self) -> State:
        """Return what became of it."""
        return State(running=self.running, restarts=self.restarts, failures=self.failures)


def watch_engines(instance: Instance, engines: Sequence[Engine], ended: threading.Event) -> None:
    """Keep engines running until asked to end; nothing that runs is ended."""
    watched = [Watched(engine) for engine in engines]
    written: dict[str, State] = {}
    while True:
        for each in watched:
            each.start_if_ended(time.monotonic())
        states = {each.engine.name: each.state_of_engine for each in watched}
        if states != written:
            with log_disk_errors():
                replace_file(_states_path(instance), json.dumps(states, indent=1) + "\n")
                written = states
        if ended.wait(LOOK_SECONDS):
            return


def engine_states(instance: Instance) -> Mapping[str, State]:
    """Return what became of each engine by its name, as was last written down."""
    path = _states_path(instance)
    return read_kept_json(path, dict, "`preau restart engines` writes it anew.") or {}


def _states_path(instance: Instance) -> Path:
    return instance.run_dir / "engines.json"


def main() -> None:
    """Watch the engines of the environment's instance until SIGTERM."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    applied = Applied(Instance.from_environment())
    watch_engines(applied.instance, applied.engines_of_town.own_engines_to_keep_running(), ended)


if __name__ == "__main__":
    main()
