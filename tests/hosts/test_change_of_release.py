"""
A host whose units are of a release goes to a later one and back: docs/operations.md, by root.

Not part of `make test`: `make host-test` runs it, as root, in minutes.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.deploy.later_release import LATER, archives_of_both
from tests.hosts.machine import PLACE, Machine
from tests.hosts.town import FRONT, HOME, ON_MACHINES
from tests.kit.town import until

pytestmark = ON_MACHINES

COPY = f"{HOME}/copies/before"


@dataclass(frozen=True)
class Installed:
    """A release in a folder of its own of a machine, with the packages that are there."""

    machine: Machine
    place: str

    def preau(self, words: str, user: str = "root", *, fails: bool = False) -> str:
        """Return what a command says; one that `fails` may."""
        command = f"{self.place}/.venv/bin/python -P -m deploy {words} 2>&1"
        called = f"cd /; PREAU_HOME={HOME} PYTHONPATH={self.place} {command}"
        return self.machine.run(f"{called} || true" if fails else called, user)

    def is_all_that_runs(self) -> bool:
        """Say whether all of the town answers, and each unit is of this release."""
        said = self.preau("status --json", "preau", fails=True)
        state = json.loads(said) if said.startswith("{") else {}
        return bool(state.get("ready")) and set(state["versions"].values()) == {state["version"]}


def install(machine: Machine, archive: Path) -> Installed:
    shutil.copy(archive, machine.tree / "var" / "lib")
    place = f"/opt/{archive.name.removesuffix('.tar.gz')}"
    machine.run(f"tar --extract --no-same-owner --file /var/lib/{archive.name} --directory /opt")
    machine.run(f"ln --symbolic {PLACE}/.venv {place}/.venv")
    return Installed(machine, place)


def test_units_go_to_a_later_release_and_back_to_the_copy_made_before(
    prefecture: Machine, folder: Path
) -> None:
    first, later = (install(prefecture, each) for each in archives_of_both(folder))
    engines = f"own: postgresql\n{FRONT}backup: {{secrets: clear}}\n"
    prefecture.write(f"{HOME}/engines.yaml", engines, owner="preau")
    first.preau("up --detach", "preau")
    first.preau("down", "preau")
    first.preau(f"units --nginx /etc/nginx/conf.d/preau.conf --backup-into {HOME}/copies")
    until(first.is_all_that_runs, 120)

    said = later.preau(f"upgrade {COPY}")

    assert f"to {LATER}" in said and f"{first.place}/.venv/bin/preau rollback {COPY}" in said
    until(later.is_all_that_runs, 120)
    assert later.preau("doctor", "preau") == "nothing is wrong\n"
    assert "which is older" in first.preau("apply", fails=True)
    timer = prefecture.read("/etc/systemd/system/preau-apply.service")
    assert later.place in timer and f"{first.place}/" not in timer

    lost = first.preau(f"rollback {COPY}")

    assert "is lost:" in lost and f"{HOME}/before-rollback-" in lost
    until(first.is_all_that_runs, 120)
    assert first.preau("doctor", "preau") == "nothing is wrong\n"
    assert prefecture.run("systemctl --failed --no-legend --plain") == ""
