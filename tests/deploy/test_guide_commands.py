"""The commands of the guides, run in the order in which they stand: a guide that lies fails."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyrage import x25519

from deploy.instance.instance import PROJECT
from tests.journeys.town import COMMAND_SECONDS
from tests.ports import PORT_BASE

GUIDES = PROJECT / "docs" / "guides"
PUBLIC_KEY = "age1VOTRE_CLE_PUBLIQUE"
"""Stands in a guide for the key that its reader has made."""
REFUSED = "refusé"
"""Stands behind the language of a block whose commands must fail."""


@dataclass(frozen=True)
class Block:
    """A block of a guide: `sh` is run line by line, `yaml NAME` is the file of that name."""

    language: str
    note: str
    body: str

    @property
    def commands(self) -> list[str]:
        return self.body.splitlines() if self.language == "sh" else []


def blocks(guide: str) -> list[Block]:
    """Return the blocks of a guide in their order."""
    text = (GUIDES / f"{guide}.md").read_text("utf-8")
    found = re.findall(r"^```(\w+) ?(.*?)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return [Block(*each) for each in found]


class Machine:
    """A folder in which the reader of a guide works; `preau` is there as the guide says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("deploy", "services", "shared"):
            (folder / name).symlink_to(PROJECT / name)
        (folder / "bin").mkdir()
        command = folder / "bin" / "preau"
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m deploy "$@"\n', "utf-8")
        command.chmod(0o755)
        identity = x25519.Identity.generate()
        (folder / "ville.key").write_text(f"{identity}\n", "utf-8")
        self.public_key = str(identity.to_public())
        plain = {key: text for key, text in os.environ.items() if not key.startswith("PREAU_")}
        self.environment = plain | {
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "PREAU_HOME": str(folder / "var"),
            "PREAU_PORT_BASE": str(PORT_BASE + 300),
        }

    def follow(self, guide: str) -> int:
        """Do what a guide says; return how many commands there were."""
        done = 0
        for block in blocks(guide):
            if block.language == "yaml" and block.note:
                body = block.body.replace(PUBLIC_KEY, self.public_key)
                (self.folder / block.note).write_text(body, "utf-8")
            for command in block.commands:
                if exported := re.fullmatch(r"export (\w+)=(\S+)", command):
                    self.environment[exported[1]] = exported[2]
                else:
                    self._runs(command, fails=block.note == REFUSED)
                done += 1
        return done

    def _runs(self, command: str, *, fails: bool) -> None:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
        )
        assert (done.returncode != 0) is fails, f"{command}\n{done.stdout}\n{done.stderr}"

    def stop(self) -> None:
        """Stop every town that a guide may have left running."""
        for home in ("var", "ailleurs"):
            subprocess.run(
                ["preau", "down"],
                cwd=self.folder,
                env={**self.environment, "PREAU_HOME": str(self.folder / home)},
                capture_output=True,
                check=False,
            )


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    folder = Path(tempfile.mkdtemp(prefix="preau-guide-"))
    machine = Machine(folder)
    try:
        yield machine
    finally:
        machine.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.nightly
def test_the_guides_of_the_it_department_and_of_the_dpo_do_what_they_say(machine: Machine) -> None:
    assert machine.follow("dsi") > 25
    assert machine.follow("dpo") > 4
