"""`preau run`: where to sign in is there before the families are; loading ends as it may."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from deploy.demo.loading.loading import sign_ins
from deploy.instance import noted_job_progress
from deploy.instance.instance import PROJECT
from tests.journeys.conftest import PORT_BASE
from tests.journeys.town import DemoTown
from tests.kit.town import until

PATIENCE = 600.0
"""Seconds for what a town does after its start: it has a busy machine, and none is measured."""


class Console:
    """The command as somebody has it in a terminal, but for the terminal."""

    def __init__(self, town: DemoTown, output: Path) -> None:
        self._output = output
        with output.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deploy", "run", "--demo", "small"],
                cwd=PROJECT,
                env={**_plain_environment(), **town.instance.environment, "COLUMNS": "200"},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )

    def shows(self, text: str) -> bool:
        return text in self._output.read_text("utf-8")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[DemoTown]:
    town = DemoTown(tmp_path / "var", PORT_BASE + 700)
    try:
        yield town
    finally:
        town.remove()


@pytest.mark.nightly
def test_a_load_that_is_killed_leaves_the_town_running_and_goes_on_when_asked(
    town: DemoTown, tmp_path: Path
) -> None:
    console = Console(town, tmp_path / "output")

    def loading() -> dict[str, Any]:
        return noted_job_progress.read_progress(town.instance) or {"state": ""}

    until(lambda: console.shows("Everybody's password"), PATIENCE)
    assert all(console.shows(login) for _, _, login in sign_ins(town.applied))
    until(lambda: loading()["state"] == noted_job_progress.RUNNING, PATIENCE)
    os.kill(loading()["pid"], signal.SIGKILL)
    until(lambda: console.shows("could not be loaded"), PATIENCE)

    assert town.status()["job"]["state"] == noted_job_progress.BROKEN_OFF
    assert requests.get(f"{town.portal}/health", timeout=10).ok

    town.preau("demo", "--quiet")

    assert town.status()["job"]["state"] == noted_job_progress.DONE
    console.process.send_signal(signal.SIGINT)
    assert console.process.wait(PATIENCE) == 0
    assert console.shows("stopping …")


def _plain_environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("PREAU_")}
