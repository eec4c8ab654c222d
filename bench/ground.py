"""The ground of a bench: a broker and a home of its own, processes ended by their pid."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ContextDecorator, ExitStack, contextmanager
from pathlib import Path

from deploy.engines.own_postgres import PostgresCluster
from deploy.engines.rabbitmq_node import BrokerNode
from deploy.engines.town_engines import FILES
from deploy.instance.instance import ENGINES_FILE, PROJECT, Instance

PORT_BASE = "PREAU_BENCH_PORT_BASE"
DEFAULT_PORT_BASE = 9800
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals that end a bench."""
GRACE_SECONDS, LONGEST_SECONDS = 10.0, 120.0


class Ground:
    """An instance made for one bench, with its broker running, and a server for its databases."""

    def __init__(self, instance: Instance, ends: ExitStack, database: str = FILES) -> None:
        self.instance, self.ends = instance, ends
        self.node = BrokerNode(instance)
        self.server = None if database == FILES else PostgresCluster(instance, durable=True)
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(
        self, name: str, module: str, *arguments: str, env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start `python -m module`; what it prints goes to the log of that name."""
        with open(self.instance.log_path(name), "ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=PROJECT,
                env={**os.environ, "PYTHONWARNINGS": "ignore", **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._processes.append(process)
        return process

    def stop(self, processes: Sequence[subprocess.Popen[bytes]]) -> None:
        """End these processes, in good order where they follow."""
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until(
    what: str, is_so: Callable[[], bool], longest: float = LONGEST_SECONDS, look: float = 0.1
) -> None:
    """Return once it is so, looking again and again; raises TimeoutError with what it was."""
    end = time.monotonic() + longest
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(look)


class _Laying(ContextDecorator):
    """Seconds that benches of this process have laid towns, and not measured; all counted once."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._depth, self._begun = 0, 0.0

    def __enter__(self) -> None:
        if not self._depth:
            self._begun = time.monotonic()
        self._depth += 1

    def __exit__(self, *_error: object) -> None:
        self._depth -= 1
        if not self._depth:
            self.seconds += time.monotonic() - self._begun


laying = _Laying()


def let_signals_end_benches() -> None:
    """Let the signals end what runs, SIGINT too, which a script ignores; but nohup stays so."""
    for each in ENDING:
        if each != signal.SIGHUP or signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, signal.default_int_handler)


def port_base() -> int:
    """Return the first of the ports that benches may use."""
    return int(os.environ.get(PORT_BASE) or DEFAULT_PORT_BASE)


@contextmanager
def bench_home() -> Iterator[tuple[Path, ExitStack]]:
    """
    Give a temporary home, and a stack for what else is to end; everything is gone afterwards.

    Who interrupts a bench has to wait until it has cleaned up: a second signal changes nothing.
    """
    with ExitStack() as ends:
        for each in ENDING:
            ends.callback(signal.signal, each, signal.getsignal(each))
        home = Path(tempfile.mkdtemp(prefix="preau-bench-"))
        ends.callback(shutil.rmtree, home, ignore_errors=True)
        try:
            yield home, ends
        finally:
            for each in ENDING:
                signal.signal(each, signal.SIG_IGN)


@contextmanager
def ground(database: str = FILES) -> Iterator[Ground]:
    """Give a running broker in a temporary home; everything is gone afterwards."""
    with bench_home() as (home, ends):
        made = Ground(Instance(home / "var", port_base()), ends, database)
        with laying:
            if made.server is not None:
                made.instance.prepare_folders()
                (made.instance.home / ENGINES_FILE).write_text(f"own: {database}\n", "utf-8")
                ends.callback(made.server.remove)
                made.server.start()
            ends.callback(made.node.stop)
            made.node.start()
            made.node.wait_ready()
        ends.callback(made.stop, made._processes)
        yield made
