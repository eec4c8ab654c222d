"""Releases: an archive that is the same each time, a town brought to a later one, and back."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from deploy.applied_town import Applied
from deploy.backups.making import FORMAT, MANIFEST
from deploy.backups.restoring import restore_town
from deploy.doctor.processes import check_versions
from deploy.instance.instance import ENGINES_FILE, PROJECT, Instance
from deploy.instance.release import COMMIT, release_of_town
from deploy.instance.user_error import UserError
from deploy.provisioning.databases import DATA
from deploy.releases.archive import BILL, CHANGES, DIGESTS, make_archive
from deploy.releases.laid_aside import (
    lay_town_aside,
    put_town_back,
    town_of_broken_off_rollback,
)
from deploy.releases.requirements.bill_of_materials import bill_as_text, bill_of_materials
from shared.database.migrations.migrate import revision_of
from shared.runtime.version import version_of_code
from tests.deploy.later_release import (
    LATER,
    change,
    clone,
    commit_all,
    make_later_archive,
    unpack,
)
from tests.deploy.one_family import COPIED_IN_CLEAR, settle, tells, told
from tests.deploy.supervised import SLEEP, Supervised
from tests.forked import killed_at_change
from tests.journeys.town import DemoTown
from tests.ports import PORT_BASE

VEGETARIAN = {"menu": "vegetarian", "without": []}
NO_PORK = {"menu": "no_pork", "without": []}


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="preau-releases-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def checkout(folder: Path) -> Path:
    """Give a clone of what is committed of this project."""
    return clone(PROJECT, folder / "clone")


@pytest.fixture(scope="module")
def archive(checkout: Path, folder: Path) -> Path:
    return make_archive(checkout, folder / "made")


@pytest.fixture(scope="module")
def unpacked(archive: Path, folder: Path) -> Path:
    return unpack(archive, folder / "unpacked")


def test_the_same_commit_makes_the_same_bytes(checkout: Path, archive: Path, folder: Path) -> None:
    again = make_archive(clone(checkout, folder / "other"), folder / "again")

    assert again.read_bytes() == archive.read_bytes()
    said = archive.with_name(f"{archive.name}.sha256").read_text("ascii")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    assert said == f"{digest}  preau-{version_of_code(checkout)}.tar.gz\n"


def test_an_archive_holds_code_licence_and_bill_and_lists_every_file_with_its_digest(
    checkout: Path, unpacked: Path
) -> None:
    files = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
    listed = dict(
        reversed(line.split("  ")) for line in (unpacked / DIGESTS).read_text().splitlines()
    )

    assert files == {*listed, DIGESTS}
    for name, digest in listed.items():
        assert hashlib.sha256((unpacked / name).read_bytes()).hexdigest() == digest
    assert {"LICENSE", BILL, COMMIT, CHANGES, "deploy/bootstrap.sh"} <= files
    assert (unpacked / BILL).read_text("utf-8") == bill_as_text(bill_of_materials())
    assert unpacked.name == f"preau-{version_of_code(checkout)}"
    assert os.access(unpacked / "deploy" / "bootstrap.sh", os.R_OK)


def test_an_archive_holds_no_history_and_knows_its_commit_all_the_same(
    checkout: Path, unpacked: Path
) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "deploy", "--version"],
        cwd=unpacked,
        env={"PATH": "/nowhere", "PYTHONDONTWRITEBYTECODE": "yes"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    asked = ["git", "-C", checkout, "log", "-1", "--format=%H %cs"]
    commit, day = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()

    assert not (unpacked / ".git").exists()
    assert said == f"Préau {version_of_code(checkout)} ({commit[:9]}, {day})\n"


def test_what_is_not_committed_is_in_no_release(checkout: Path, folder: Path) -> None:
    (checkout / "notes.txt").write_text("not yet\n", "utf-8")
    try:
        with pytest.raises(UserError, match=r"notes\.txt"):
            make_archive(checkout, folder / "none")
    finally:
        (checkout / "notes.txt").unlink()

    assert not (folder / "none").exists()


def test_a_version_without_its_list_of_changes_is_not_released(
    checkout: Path, folder: Path
) -> None:
    other = clone(checkout, folder / "unlisted")
    change(other / "pyproject.toml", f'version = "{version_of_code(other)}"', 'version = "0.98.0"')
    commit_all(other, "Count on")

    with pytest.raises(UserError, match=r"does not begin with 0\.98\.0"):
        make_archive(other, folder / "none")


@dataclass(frozen=True)
class Installed:
    """A release in a folder of its own, with the packages of this project's environment."""

    folder: Path
    town: DemoTown

    def preau(self, *words: str, ok: bool = True) -> subprocess.CompletedProcess[str]:
        plain = {key: text for key, text in os.environ.items() if not key.startswith("PREAU_")}
        done = subprocess.run(
            [self.folder / ".venv" / "bin" / "python", "-P", "-m", "deploy", *words],
            cwd=self.folder.parent,
            env=plain | self.town.instance.environment | {"PYTHONPATH": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=400,
        )
        assert (done.returncode == 0) is ok, f"{words}: {done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done

    def versions(self) -> set[str]:
        """Return from which versions the processes of the town were started, as `status` says."""
        return set(json.loads(self.preau("status", "--json").stdout)["versions"].values())


def install(archive: Path, into: Path, town: DemoTown) -> Installed:
    folder = unpack(archive, into)
    (folder / ".venv").symlink_to((PROJECT / ".venv").resolve())
    return Installed(folder, town)


@pytest.fixture(scope="module")
def later_archive(checkout: Path, folder: Path) -> Path:
    return make_later_archive(checkout, folder)


def test_the_doctor_names_what_was_started_from_another_version(
    later_archive: Path, folder: Path, supervised: Supervised
) -> None:
    supervised.want(kitchen=SLEEP)
    supervised.launch(project=unpack(later_archive, folder / "opt-elsewhere"))
    supervised.pid_once_running("kitchen")

    (found,) = check_versions(Applied(supervised.instance))

    here = version_of_code()
    assert (
        found.what == f"Started from Préau {LATER}, where {here} is installed: supervisor, kitchen."
    )


@pytest.fixture(scope="module")
def releases(
    archive: Path, later_archive: Path, folder: Path
) -> Iterator[tuple[Installed, Installed]]:
    """Give a town that the first release runs, and both releases side by side."""
    town = DemoTown(folder / "home", PORT_BASE + 300)
    town.instance.home.mkdir()
    (town.instance.home / ENGINES_FILE).write_text(f"own: files\n{COPIED_IN_CLEAR}", "utf-8")
    first = install(archive, folder / "opt-first", town)
    later = install(later_archive, folder / "opt-later", town)
    try:
        first.preau("up", "--detach")
        yield first, later
    finally:
        later.preau("down", ok=True)


def revision_of_dossier(town: DemoTown) -> str | None:
    return revision_of(town.applied.secrets.read_values("dossier")[DATA])


@pytest.mark.nightly
def test_a_town_is_brought_to_a_later_release_and_back_to_the_copy_made_before(
    releases: tuple[Installed, Installed], folder: Path
) -> None:
    first, later = releases
    town, copy, number = first.town, folder / "before", version_of_code(first.folder)
    child = settle(town)
    tells(town, child, VEGETARIAN)
    revision = revision_of_dossier(town)
    assert first.versions() == {number}
    says_that_the_later_makes_a_copy_first(later)

    said = later.preau("upgrade", str(copy)).stdout

    assert f"from Préau {number} to {LATER}" in said
    assert f"{first.folder}/.venv/bin/preau rollback {copy}" in said
    assert later.versions() == {LATER}
    assert revision_of_dossier(town) != revision
    assert told(town, child) == VEGETARIAN
    assert "already" in later.preau("upgrade", str(folder / "twice"), ok=False).stderr
    says_that_the_town_is_newer(first, later, folder)

    tells(town, child, NO_PORK)
    lost = first.preau("rollback", str(copy)).stdout

    assert re.search(r"^  dossier: [1-9]\d* requests", lost, re.MULTILINE)
    assert first.versions() == {number}
    assert revision_of_dossier(town) == revision
    assert told(town, child) == VEGETARIAN
    (aside,) = town.instance.home.glob("before-rollback-*")
    assert (aside / "data" / "dossier" / "dossier.sqlite").exists()
    assert str(aside) in lost
    assert "nothing is wrong" in first.preau("doctor").stdout
    a_lost_database_comes_back_with_all_the_others(first, copy, child)
    a_copy_that_cannot_be_restored_leaves_the_town_as_it_was(first, copy, child)


def says_that_the_later_makes_a_copy_first(later: Installed) -> None:
    assert "upgrade COPY" in later.preau("apply", ok=False).stderr
    assert "upgrade COPY" in later.preau("doctor", ok=False).stdout


def says_that_the_town_is_newer(first: Installed, later: Installed, folder: Path) -> None:
    assert f"of Préau {LATER}" in first.preau("apply", ok=False).stderr
    assert f"{later.folder}/.venv/bin/preau doctor" in first.preau("doctor", ok=False).stdout
    newer = folder / "newer"
    later.preau("backup", str(newer))
    said = first.preau("rollback", str(newer), ok=False).stderr
    assert f"was made by Préau {LATER}" in said
    assert later.versions() == {LATER}


def a_lost_database_comes_back_with_all_the_others(
    release: Installed, copy: Path, child: str
) -> None:
    tells(release.town, child, NO_PORK)
    release.town.instance.database_path("dossier").unlink()
    assert "preau rollback COPY" in release.preau("doctor", ok=False).stdout

    said = release.preau("rollback", str(copy)).stdout

    assert "dossier: not known" in said
    assert told(release.town, child) == VEGETARIAN


def a_copy_that_cannot_be_restored_leaves_the_town_as_it_was(
    release: Installed, copy: Path, child: str
) -> None:
    tells(release.town, child, NO_PORK)
    shutil.rmtree(copy / "keys")
    shutil.rmtree(copy / "secrets")

    said = release.preau("rollback", str(copy), ok=False).stderr

    assert "holds neither keys nor secrets" in said
    assert "The town goes on as it was." in said
    assert told(release.town, child) == NO_PORK
    assert len(list(release.town.instance.home.glob("before-rollback-*"))) == 2
    assert release_of_town(release.town.instance) is not None


def write_texts(texts: Mapping[Path, str]) -> None:
    for path, said in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(said, "utf-8")


def texts_of_town(instance: Instance) -> dict[str, str]:
    """Return what the files of a town say, but for its mark and passwords that are made anew."""
    folders = (
        instance.public_dir,
        instance.data_dir,
        instance.secrets_dir,
        instance.broker_dir,
    )
    paths = [*instance.home.iterdir(), *(path for each in folders for path in each.rglob("*"))]
    return {
        str(path.relative_to(instance.home)): path.read_text("utf-8")
        for path in paths
        if path.is_file() and path.name not in (".preau", "broker_admin.env")
    }


def a_town_and_its_copy(folder: Path) -> tuple[Instance, Path]:
    """Make a home with a town, and a copy of before, which has a file more and one less."""
    instance, copy = Instance(folder / "home", PORT_BASE + 300), folder / "copy"
    write_texts(
        {
            instance.home / ".preau": "",
            instance.register_path: '{"principals": [], "later": true}',
            instance.release_path: '{"version": "0.1.0", "folder": "/opt/preau-0.1.0"}',
            instance.database_path("dossier"): "families of today",
            instance.secrets_path("dossier"): "NAME=today\n",
            instance.broker_dir / "messages": "letters",
            copy / "home" / "register.json": '{"principals": []}',
            copy / "home" / "desks.json": "{}",
            copy / "data" / "dossier.sqlite": "families of before",
            copy / "secrets" / "dossier.env": "NAME=before\n",
            copy / MANIFEST: json.dumps(
                {
                    **{"format": FORMAT, "version": version_of_code(), "town": "clairval"},
                    **{"at": "2026-11-30T23:30:00+00:00", "files": {}, "keys": {}, "apart": ""},
                    **{"secrets": ["dossier"], "databases": {"engine": "sqlite"}},
                }
            ),
        }
    )
    return instance, copy


def lay_aside_and_restore(instance: Instance, copy: Path) -> None:
    lay_town_aside(instance)
    restore_town(Applied(instance), copy)


def put_back_if_broken_off(instance: Instance) -> None:
    if (aside := town_of_broken_off_rollback(instance)) is not None:
        put_town_back(instance, aside)


def test_a_rollback_killed_at_any_change_leaves_the_town_whole_or_its_copy(tmp_path: Path) -> None:
    """Also where it is killed again while it puts the town back."""
    former, copy = a_town_and_its_copy(tmp_path / "whole")
    before = texts_of_town(former)
    lay_aside_and_restore(former, copy)
    after = texts_of_town(former)
    assert after["data/dossier/dossier.sqlite"] == "families of before"
    assert before.keys() != after.keys()

    changes = 0
    while True:
        instance, copy = a_town_and_its_copy(tmp_path / f"killed-{changes}")
        if not killed_at_change(changes, partial(lay_aside_and_restore, instance, copy)):
            break
        for again in (0, 1, 2, 4, 8):
            killed_at_change(again, partial(put_back_if_broken_off, instance))
        put_back_if_broken_off(instance)

        assert texts_of_town(instance) in (before, after), f"killed at change {changes}"
        changes += 1

    assert changes > 15
    assert texts_of_town(instance) == after


def test_each_part_that_moves_is_on_the_disk_before_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut would leave the mark of a town laid aside whole, and not what belongs to it."""
    instance, _copy = a_town_and_its_copy(tmp_path)
    on_disk: dict[str, list[int]] = {}
    sync = os.fsync

    def sync_and_count(handle: int) -> None:
        sync(handle)
        folder = Path(f"/proc/self/fd/{handle}").resolve()
        on_disk.setdefault(folder.name, []).append(len(list(folder.iterdir())))

    monkeypatch.setattr(os, "fsync", sync_and_count)

    aside = lay_town_aside(instance)

    parts = len(list(aside.iterdir()))
    assert on_disk[aside.name] == list(range(1, parts + 1)), "the mark is the last"
    on_disk.clear()

    put_town_back(instance, aside)

    assert on_disk[aside.name] == list(range(parts - 1, -1, -1)), "and goes first"
    assert on_disk[instance.home.name][-1] == len(list(instance.home.iterdir()))


def test_what_every_process_reads_is_readable_after_a_copy_that_was_sealed(tmp_path: Path) -> None:
    """In a sealed archive each file is its owner's alone."""
    instance, copy = a_town_and_its_copy(tmp_path)
    for path in (copy / "home").iterdir():
        path.chmod(0o600)

    lay_aside_and_restore(instance, copy)

    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in instance.public_dir.iterdir()}
    assert modes == {"register.json": "0o644", "desks.json": "0o644"}


def test_a_rollback_that_was_killed_is_called_again(tmp_path: Path) -> None:
    instance, copy = a_town_and_its_copy(tmp_path)
    before = texts_of_town(instance)
    assert killed_at_change(3, partial(lay_aside_and_restore, instance, copy))

    again = [sys.executable, "-m", "deploy", "rollback", str(tmp_path / "no-copy")]
    environment = os.environ | instance.environment
    said = subprocess.run(again, cwd=PROJECT, env=environment, capture_output=True, text=True)

    assert "the town is again as it was" in said.stdout
    assert "is not a copy of a town" in said.stderr
    assert texts_of_town(instance) == before


def test_no_town_is_laid_aside_for_the_copy_of_another(tmp_path: Path) -> None:
    instance, copy = Instance(tmp_path / "home", PORT_BASE + 300), tmp_path / "copy"
    instance.prepare_folders()
    register = json.dumps({"town": {"code": "clairval"}, "principals": []})
    instance.register_path.write_text(register, "utf-8")
    copy.mkdir()
    said_of_itself = {
        "format": FORMAT,
        "version": version_of_code(),
        "town": "montreuil",
        "at": "2026-11-30T23:30:00+00:00",
        "files": {},
    }
    (copy / MANIFEST).write_text(json.dumps(said_of_itself), "utf-8")

    words = [sys.executable, "-m", "deploy", "rollback", str(copy)]
    environment = os.environ | instance.environment
    done = subprocess.run(words, cwd=PROJECT, env=environment, capture_output=True, text=True)

    assert "is of the town montreuil" in done.stderr
    assert "the home of clairval" in done.stderr
    assert instance.register_path.read_text("utf-8") == register
    assert not list(instance.home.glob("before-rollback-*"))


@pytest.mark.nightly
def test_an_archive_installs_without_git_and_without_a_compiler_and_runs_a_town(
    archive: Path, folder: Path
) -> None:
    release = unpack(archive, folder / "bare")
    asked, programs = folder / "asked", folder / "programs"
    programs.mkdir()
    # pip asks rustc for its version alone, to name it to the index.
    for name in ("git", "cc", "gcc", "c++", "g++", "clang", "make", "ld", "cargo"):
        (programs / name).write_text(f'#!/bin/sh\necho {name} >> "{asked}"\nexit 1\n', "ascii")
        (programs / name).chmod(0o755)
    plain = {key: text for key, text in os.environ.items() if not key.startswith("PREAU_")}
    town = DemoTown(folder / "bare-home", PORT_BASE + 500)
    environment = plain | town.instance.environment | {"PATH": f"{programs}:{os.environ['PATH']}"}

    def run(*command: str | Path) -> str:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600
        )
        assert done.returncode == 0, f"{command}: {done.stdout}\n{done.stderr}"
        return done.stdout

    run("bash", release / "deploy" / "bootstrap.sh", "run")
    preau = release / ".venv" / "bin" / "preau"
    try:
        run(preau, "up", "--detach")
        assert f"Préau {version_of_code(release)} (" in run(preau, "--version")
        assert "nothing is wrong" in run(preau, "doctor")
    finally:
        run(preau, "down")
    assert not asked.exists(), asked.read_text("ascii")
