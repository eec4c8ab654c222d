"""The town's IT department loses a machine: a copy, another home, and the town goes on."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.backup import on_the_way
from deploy.doctor.ground import BACKED_UP
from shared.contracts import dossier
from shared.database import Unreadable
from tests.conftest import PORT_BASE
from tests.deploy.town_engines import as_systemd_would
from tests.journeys import replica
from tests.journeys.bus import guardian, held_still, until
from tests.journeys.people import child_id
from tests.journeys.town import DemoTown

LOGIN, SCHOOL = "claire.lefevre@example.org", "enrolment_ens"
VEGETARIAN = {"menu": "vegetarian", "without": []}
NO_PORK = {"menu": "no_pork", "without": []}


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="preau-copies-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Copies:
    """
    The copies of a town that is gone: `first`, and `second`, made after more was told.

    In between, the child's key at one provider was destroyed. `damaged` is the first, one byte
    changed.
    """

    folder: Path
    child: str

    def at(self, name: str) -> str:
        return str(self.folder / name)

    def home(self, name: str) -> DemoTown:
        """Return an empty home, for a town that stands on the ports of the one that is gone."""
        return DemoTown(self.folder / name, PORT_BASE + 300)


@pytest.fixture(scope="module")
def copies(folder: Path) -> Iterator[Copies]:
    """Start a town, let it be told something, copy it and lose it."""
    town = DemoTown(folder / "old", PORT_BASE + 300)
    try:
        town.preau("up", "--detach")
        town.preau("demo")
        made = Copies(folder, child_id(town, LOGIN, "Manon"))
        last = town.instance.home / BACKED_UP
        tells(town, made.child, VEGETARIAN)
        until(lambda: holds(town, made.child, VEGETARIAN))
        town.preau("backup", made.at("first"))
        last.unlink()
        with held_still(town, SCHOOL):
            tells(town, made.child, NO_PORK)
            _is_not_copied_while_something_is_on_its_way(town, made)
        assert not last.exists()  # who watches is told of whole copies alone
        until(lambda: holds(town, made.child, NO_PORK))
        replica.shred(town, SCHOOL, made.child)
        town.preau("backup", made.at("second"))
        _is_copied_every_night_and_old_copies_of_it_go(town, made)
    finally:
        town.preau("down", ok=False)
    shutil.copytree(made.at("first"), made.at("damaged"))
    with (folder / "damaged" / "data" / "dossier.sqlite").open("r+b") as file:
        byte = file.read(1)[0]
        file.seek(0)
        file.write(bytes([byte ^ 1]))
    shutil.rmtree(folder / "old")
    yield made


def _is_not_copied_while_something_is_on_its_way(town: DemoTown, made: Copies) -> None:
    until(lambda: on_the_way(town.applied))  # and not in the outbox any more, which is copied
    waits = town.preau("backup", made.at("never"), "--wait", "1", ok=False)
    assert "1 in in.enrolment_ens.events" in waits.stderr
    assert not Path(made.at("never")).exists()

    anyway = town.preau("backup", made.at("less"), "--wait", "1", "--anyway")
    assert "not in it: 1 events in in.enrolment_ens.events" in anyway.stderr


def _is_copied_every_night_and_old_copies_of_it_go(town: DemoTown, made: Copies) -> None:
    nightly = Path(made.at("nightly"))
    for name in ("2026-11-01-03h20", "2026-11-02-03h20", "by-hand"):
        shutil.copytree(made.at("first"), nightly / name)
    (nightly / "2026-10-01-03h20").mkdir()  # somebody else's

    units = Path(made.at("units"))
    town.preau("units", str(units), "--backup-into", str(nightly), "--keep", "2")
    files = sorted(map(str, units.glob("preau-backup.*")))
    read = subprocess.run(["systemd-analyze", "verify", *files], capture_output=True, text=True)
    assert (len(files), read.returncode, read.stderr) == (2, 0, "")
    night = as_systemd_would((units / "preau-backup.service").read_text("utf-8"))
    assert night.wait(120) == 0

    left = sorted(path.name for path in nightly.iterdir())
    assert left[:2] == ["2026-10-01-03h20", "2026-11-02-03h20"]
    assert left[-1] == "by-hand" and len(left) == 4
    assert "DIRECTORY" in town.preau("backup", ok=False).stderr


@pytest.mark.timeout(600)
def test_a_town_that_is_lost_goes_on_from_its_copy_in_another_home(copies: Copies) -> None:
    town, child = copies.home("new"), copies.child
    town.preau("restore", copies.at("first"))
    try:
        town.preau("up", "--detach")

        assert town.status()["ready"] is True
        assert town.preau("register", "--json").returncode == 0
        said = town.preau("resync").stdout.splitlines()
        assert said and all(line.endswith(": equal") for line in said)
        assert told(town, child) == VEGETARIAN
        assert holds(town, child, VEGETARIAN)

        tells(town, child, NO_PORK)
        until(lambda: holds(town, child, NO_PORK))
        again = town.preau("restore", copies.at("first"), ok=False)
        assert "holds a town" in again.stderr
    finally:
        town.preau("down", ok=False)


@pytest.mark.timeout(600)
def test_what_was_erased_after_a_copy_stays_unreadable_with_the_keys_of_a_later_one(
    copies: Copies,
) -> None:
    with_its_own, with_later = copies.home("own-keys"), copies.home("later-keys")
    with_its_own.preau("restore", copies.at("first"))
    with_later.preau("restore", copies.at("first"), "--keys", copies.at("second"))

    assert holds(with_its_own, copies.child, VEGETARIAN)
    with pytest.raises(Unreadable):
        holds(with_later, copies.child, VEGETARIAN)


@pytest.mark.timeout(600)
def test_a_copy_that_is_not_what_was_copied_is_not_used(copies: Copies) -> None:
    town = copies.home("nothing")

    damaged = town.preau("restore", copies.at("damaged"), ok=False)
    older = town.preau("restore", copies.at("second"), "--keys", copies.at("first"), ok=False)

    assert "data/dossier.sqlite is not what was copied" in damaged.stderr
    assert "is older than" in older.stderr
    assert not town.instance.register_path.exists()


def tells(town: DemoTown, child: str, diet: dict[str, Any]) -> None:
    """Let the guardian tell the child's diet."""
    with guardian(town, LOGIN) as ask:
        base = ask(dossier.read_section, child_id=child, section="diet").version
        told = {"child_id": child, "section": "diet", "base_version": base, "content": diet}
        ask(dossier.write_section, **told)


def told(town: DemoTown, child: str) -> Any:
    """Return the diet as the dossier has it."""
    with guardian(town, LOGIN) as ask:
        return ask(dossier.read_section, child_id=child, section="diet").content


def holds(town: DemoTown, child: str, diet: dict[str, Any]) -> bool:
    """Say whether the school service has this diet on its disk; raises Unreadable."""
    return bool(replica.contents(town, SCHOOL, child)["diet"]["menu"] == diet["menu"])
