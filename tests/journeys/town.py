"""
A whole demo town, started with the `preau` command as an operator would: on one machine, or where
PREAU_TEST_TOWN is "cluster" on three broker nodes, PostgreSQL, and as two of each service.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pyotp

from deploy.applied_town import Applied
from deploy.demo.invented.account_holders import PASSWORD, read_agents
from deploy.instance.instance import PROJECT, Instance
from deploy.processes import supervisor
from deploy.processes.ops_requests import status_of_town
from deploy.processes.process_plan import office_urls
from tests.forked import run_preau
from tests.moments import MovedClock

CLUSTERED = os.environ.get("PREAU_TEST_TOWN") == "cluster"

COMMAND_SECONDS = 400
"""A command that still goes on then hangs: a slow machine takes half of it to load a town."""


class DemoTown:
    """One instance in its own home and ports; `preau(...)` runs the command on it."""

    def __init__(
        self,
        home: Path,
        port_base: int,
        *,
        clustered: bool = CLUSTERED,
        clock: MovedClock | None = None,
    ) -> None:
        self.instance = Instance(home, port_base)
        self.applied = Applied(self.instance)
        self.clustered = clustered
        self._clock = clock.environment if clock else {}

    def start(self) -> None:
        """Start all of it, and return when everything answers."""
        self.preau("up", "--detach", *(["--cluster"] if self.clustered else []))

    def remove(self) -> None:
        """Stop all of it, and leave nothing."""
        self.preau("down", "--forget", ok=False)
        shutil.rmtree(self.instance.home.parent, ignore_errors=True)

    def preau(
        self, *arguments: str, ok: bool = True, town_file: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run `preau …`; with `ok` its failure fails the test, showing what it printed."""
        named = {"PREAU_TOWN": str(town_file)} if town_file else {}
        environment = {**_plain_environment(), **self.instance.environment, **named}
        if self._clock:  # a library answers for the clock, which a process loads as it begins
            done = subprocess.run(
                [sys.executable, "-m", "deploy", *arguments],
                cwd=PROJECT,
                env={**environment, **self._clock},
                capture_output=True,
                text=True,
                timeout=COMMAND_SECONDS,
            )
        else:
            done = run_preau(arguments, environment, seconds=COMMAND_SECONDS)
        if ok and done.returncode != 0:
            raise AssertionError(f"preau {' '.join(arguments)}: {done.stdout}\n{done.stderr}")
        return done

    @contextmanager
    def more_in_town_file(self, more: str, folder: Path) -> Iterator[None]:
        """Apply the town file with some lines more, and afterwards as it was."""
        own, file = self.applied.town_file, folder / "town.yaml"
        file.write_text(own.read_text("utf-8") + more, "utf-8")
        self.preau("apply", town_file=file)
        yield
        self.preau("apply", town_file=own)

    def status(self) -> dict[str, Any]:
        """
        Return what `preau status --json` prints.

        It is asked in this process, unless the town has another time: what is asked now is late
        there.
        """
        if self._clock:
            return dict(json.loads(self.preau("status", "--json", ok=False).stdout))
        return dict(status_of_town(self.applied))

    @property
    def portal(self) -> str:
        """Return the portal's address."""
        return self.instance.pages_url("portal")

    def desk(self, provider: str) -> str:
        """Return the address of an office's desk: a provider's, or the front desk."""
        return office_urls(self.applied)[provider]

    def pid(self, process: str) -> int:
        """Return the pid of a process of this town; of several instances, the first one's."""
        return self.pids(process)[0]

    def pids(self, process: str) -> list[int]:
        """Return the pid of each instance of a process, of those that run."""
        state = supervisor.supervisor_state(self.instance) or {"processes": {}}
        names = [
            self.instance.copy_name(process, number)
            for number in range(1, self.applied.engines_of_town.copies + 1)
        ]
        rows = [state["processes"].get(name, {}) for name in names]
        return [int(row["pid"]) for row in rows if row.get("pid")]


def agent_code(login: str, at: datetime | None = None) -> str:
    """Return the one-time code of a demo agent: now, or at a moment."""
    agent = next(agent for agent in read_agents() if agent.login == login)
    return pyotp.TOTP(agent.totp_secret).at(at) if at else agent.code_of_now


def _plain_environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("PREAU_")}


__all__ = ["PASSWORD", "DemoTown", "agent_code"]
