"""The ground of a bench: a broker and a home of its own, processes ended by their pid."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from deploy.engines.own_postgres import PostgresCluster
from deploy.engines.rabbitmq_node import BrokerNode
from deploy.engines.town_engines import FILES
from deploy.instance.instance import ENGINES_FILE, PROJECT, Instance

PORT_BASE = "PREAU_BENCH_PORT_BASE"
DEFAULT_PORT_BASE = 9800
GRACE_SECONDS = 10.0


class Ground:
    """An instance made for one bench, with its broker running, and a server for its databases."""

    def __init__(self, instance: Instance, database: str = FILES) -> None:
        self.instance = instance
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

    def close(self) -> None:
        """End everything that was started here."""
        self.stop(self._processes)
        self.node.stop()
        if self.server is not None:
            self.server.remove()


@contextmanager
def ground(database: str = FILES) -> Iterator[Ground]:
    """Give a running broker in a temporary home; everything is gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="preau-bench-"))
    base = int(os.environ.get(PORT_BASE) or DEFAULT_PORT_BASE)
    made = Ground(Instance(home / "var", base), database)
    try:
        if made.server is not None:
            made.instance.prepare_folders()
            (made.instance.home / ENGINES_FILE).write_text(f"own: {database}\n", "utf-8")
            made.server.start()
        made.node.start()
        made.node.wait_ready()
        yield made
    finally:
        made.close()
        shutil.rmtree(home, ignore_errors=True)
