"""
A copy is opened by who holds a private key that is on no machine of the town, and by nobody else.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from pyrage import x25519

from deploy.backups.databases.interface import BackupError
from deploy.backups.restoring import restore_town
from deploy.backups.sealing import new_sealed_archive, unpack_sealed_archive
from deploy.doctor.examine import examine_town
from deploy.doctor.host import BACKED_UP
from deploy.instance.instance import ENGINES_FILE
from tests.deploy.one_family import LOGIN, SCHOOL, stops
from tests.journeys import replica
from tests.journeys.people import child_id
from tests.journeys.town import DemoTown
from tests.ports import PORT_BASE

AGE = shutil.which("age") or os.environ.get("PREAU_AGE", "")
"""Debian's own, where it is installed."""
SECRET_WORD = b"KEY_ENCRYPTION_KEY"

pytestmark = pytest.mark.timeout(900)


@dataclass(frozen=True)
class Key:
    """A private key in a file, and the public one that a town is told."""

    file: Path
    public: str


def new_key(file: Path) -> Key:
    identity = x25519.Identity.generate()
    public = str(identity.to_public())
    file.write_text(f"# public key: {public}\n{identity}\n", "utf-8")
    return Key(file, public)


@contextmanager
def backed_up_as(town: DemoTown, **settings: object) -> Iterator[None]:
    """
    Let the town's file of engines say this of copies, for the time of a block.

    No copy is noted afterwards: the doctor misses the folder of one that a test has made.
    """
    file = town.instance.home / ENGINES_FILE
    before = file.read_text("utf-8")
    file.write_text(yaml.safe_dump({"own": "files", "backup": settings}), "utf-8")
    try:
        yield
    finally:
        file.write_text(before, "utf-8")
        (town.instance.home / BACKED_UP).unlink(missing_ok=True)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="preau-sealed-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def key(folder: Path) -> Key:
    return new_key(folder / "town.key")


@pytest.fixture(scope="module")
def copy(small_town: DemoTown, folder: Path, key: Key) -> Path:
    """Give a sealed copy."""
    copy = folder / "sealed"
    other = new_key(folder / "second.key")
    with backed_up_as(small_town, recipients=[key.public, other.public]):
        small_town.preau("backup", str(copy))
    return copy


@contextmanager
def empty_home(folder: Path) -> Iterator[DemoTown]:
    town = DemoTown(folder / "elsewhere" / "var", PORT_BASE + 400)
    town.instance.home.parent.mkdir()
    try:
        yield town
    finally:
        stops(town)
        shutil.rmtree(town.instance.home.parent)


def nothing_was_restored(town: DemoTown) -> bool:
    home = town.instance.home
    return not [path for path in home.rglob("*") if path.is_file() and path.name != ".preau"]


def test_a_sealed_copy_shows_nothing_and_a_key_opens_it(
    small_town: DemoTown, copy: Path, key: Key, folder: Path
) -> None:
    assert sorted(path.name for path in copy.iterdir()) == [
        "backup.json",
        "data.age",
        "secrets.age",
    ]
    stored = b"".join(path.read_bytes() for path in copy.iterdir())
    assert SECRET_WORD not in stored
    assert b"SQLite format" not in stored
    assert not list((small_town.instance.run_dir).glob("backup/*"))

    with empty_home(folder) as town:
        town.preau("restore", str(copy), "--identity", str(key.file))
        assert not (town.instance.run_dir / "restore").exists()
        child = child_id(small_town, LOGIN, "Manon")
        held = [replica.contents(each, SCHOOL, child) for each in (town, small_town)]
        assert held[0] == held[1]  # opened with the keys and secrets of the copy


def test_any_of_the_keys_that_the_town_names_opens_a_copy(copy: Path, folder: Path) -> None:
    with empty_home(folder) as town:
        restore_town(town.applied, copy, identity=folder / "second.key")
        assert town.applied.secrets.principals_with_secrets()


@pytest.mark.parametrize("part", ["data.age", "secrets.age"])
def test_a_copy_with_one_altered_byte_is_not_restored(
    copy: Path, key: Key, folder: Path, part: str
) -> None:
    damaged = folder / f"damaged-{part}"
    shutil.copytree(copy, damaged)
    content = bytearray((damaged / part).read_bytes())
    content[len(content) // 2] ^= 1
    (damaged / part).write_bytes(content)

    with empty_home(folder) as town:
        with pytest.raises(BackupError, match=f"{part} is not what was copied"):
            restore_town(town.applied, damaged, identity=key.file)
        assert nothing_was_restored(town)

    said = json.loads((damaged / "backup.json").read_text("utf-8"))
    del said["files"][part]  # as who alters a copy would see to it
    (damaged / "backup.json").write_text(json.dumps(said), "utf-8")
    with empty_home(folder) as town:
        with pytest.raises(BackupError, match=f"{part} was altered, or is not whole"):
            restore_town(town.applied, damaged, identity=key.file)
        assert nothing_was_restored(town)


def test_a_copy_without_its_key_says_what_it_lacks(copy: Path, folder: Path) -> None:
    wrong = new_key(folder / "wrong.key")
    notes = folder / "notes.txt"
    notes.write_text("the key is in the safe\n", "utf-8")
    lacks = {
        None: "name the file of a private key that opens it by --identity",
        wrong.file: "sealed to other keys",
        notes: "line 1: not a private key of age",
        folder / "gone.key": "cannot be read",
    }
    for identity, says in lacks.items():
        with empty_home(folder) as town:
            with pytest.raises(BackupError, match=says):
                restore_town(town.applied, copy, identity=identity)
            assert nothing_was_restored(town)


def test_a_copy_that_lacks_a_part_says_which(copy: Path, key: Key, folder: Path) -> None:
    without = folder / "without-data"
    shutil.copytree(copy, without)
    (without / "data.age").unlink()

    with empty_home(folder) as town:
        with pytest.raises(BackupError, match=r"data\.age is missing"):
            restore_town(town.applied, without, identity=key.file)
        assert nothing_was_restored(town)


def test_a_copy_of_another_format_names_the_version_that_restores_it(
    copy: Path, key: Key, folder: Path
) -> None:
    former = folder / "former"
    shutil.copytree(copy, former)
    said = json.loads((former / "backup.json").read_text("utf-8"))
    (former / "backup.json").write_text(json.dumps({**said, "format": 2}), "utf-8")

    with empty_home(folder) as town, pytest.raises(BackupError, match="version of Préau that made"):
        restore_town(town.applied, former, identity=key.file)


def test_secrets_are_kept_apart_for_fewer_nights_and_open_older_data(
    small_town: DemoTown, key: Key, folder: Path
) -> None:
    nightly, apart = folder / "nightly", folder / "apart"
    apart.mkdir()
    (apart / "demo-notes.age").write_bytes(b"somebody else's")
    settings = {"secrets_into": str(apart), "nights": 3, "secrets_nights": 1}
    with backed_up_as(small_town, recipients=[key.public], **settings):
        first = nightly / "2026-11-01-03h20"
        small_town.preau("backup", str(first))
        [secrets] = apart.glob(f"*-{first.name}.age")
        for name in ("2026-11-02-03h20", "2026-11-03-03h20"):  # as if made then
            shutil.copytree(first, nightly / name)
            shutil.copy(secrets, apart / secrets.name.replace(first.name, name))
        small_town.preau("backup", "--into", str(nightly))

    second, _third, last = sorted(nightly.iterdir())
    assert second.name == "2026-11-02-03h20"
    kept = {path.name for path in apart.iterdir()} - {"demo-notes.age"}
    assert kept == {f"{small_town.applied.read_town_file().code}-{last.name}.age"}

    [opening] = [apart / name for name in kept]
    with empty_home(folder) as town:
        with pytest.raises(BackupError, match=r"neither keys nor secrets \(they went to"):
            restore_town(town.applied, second, identity=key.file)
        assert nothing_was_restored(town)
        restore_town(town.applied, second, opening, key.file)
        assert (
            town.applied.secrets.principals_with_secrets()
            == small_town.applied.secrets.principals_with_secrets()
        )


def test_secrets_of_after_a_change_of_keys_do_not_pass_for_those_of_a_copy(
    small_town: DemoTown, copy: Path, key: Key, folder: Path
) -> None:
    later, before = folder / "later", folder / "before"
    with backed_up_as(small_town, recipients=[key.public]):
        small_town.preau("backup", str(later))
    shutil.copytree(copy, before)
    (before / "secrets.age").unlink()
    said = json.loads((before / "backup.json").read_text("utf-8"))
    said["keys"]["dossier"] = "another key"
    (before / "backup.json").write_text(json.dumps(said), "utf-8")

    with empty_home(folder) as town:
        with pytest.raises(BackupError, match="Keys were changed after"):
            restore_town(town.applied, before, later, key.file)
        assert nothing_was_restored(town)


def test_where_nobody_is_named_neither_keys_nor_secrets_are_copied_and_it_is_said(
    small_town: DemoTown, folder: Path
) -> None:
    copy = folder / "nobody"
    with backed_up_as(small_town):
        said = small_town.preau("backup", str(copy))

    assert "Nobody is named who may open keys and secrets" in said.stderr
    assert {path.name for path in copy.iterdir()} == {"backup.json", "data", "home"}
    stored = b"".join(path.read_bytes() for path in copy.rglob("*") if path.is_file())
    assert SECRET_WORD not in stored
    with empty_home(folder) as town, pytest.raises(BackupError, match="neither keys nor secrets"):
        restore_town(town.applied, copy)


def test_the_doctor_of_a_real_town_asks_who_may_open_its_copies(
    small_town: DemoTown, key: Key
) -> None:
    register = small_town.instance.register_path
    before = register.read_text("utf-8")
    rows = json.loads(before)
    rows["town"]["demo"] = False
    try:
        register.write_text(json.dumps(rows), "utf-8")
        findings = {}
        for name, settings in {
            "nobody": {},
            "in clear": {"secrets": "clear"},
            "somebody": {"recipients": [key.public]},
        }.items():
            with backed_up_as(small_town, **settings):
                town = DemoTown(small_town.instance.home, small_town.instance.port_base)
                said = [finding.what for finding in examine_town(town.applied)]
            findings[name] = [what for what in said if "Nobody is named" in what]
    finally:
        register.write_text(before, "utf-8")

    assert {name: len(said) for name, said in findings.items()} == {
        "nobody": 1,
        "in clear": 0,
        "somebody": 0,
    }


@pytest.mark.skipif(not AGE, reason="Debian's age is not installed")
def test_debians_own_age_and_tar_open_a_copy(copy: Path, key: Key, folder: Path) -> None:
    to = folder / "by-hand"
    to.mkdir()
    for part in ("data.age", "secrets.age"):
        opened = subprocess.run(
            [AGE, "--decrypt", "--identity", str(key.file), str(copy / part)],
            capture_output=True,
            check=True,
        )
        subprocess.run(["tar", "--extract", "--directory", to], input=opened.stdout, check=True)

    assert SECRET_WORD in (to / "secrets" / "dossier.env").read_bytes()
    assert (to / "data" / "dossier.sqlite").read_bytes().startswith(b"SQLite format 3")


def test_an_archive_larger_than_memory_may_hold_is_sealed_and_opened_in_pieces(
    tmp_path: Path,
) -> None:
    key, size = new_key(tmp_path / "key"), 300 * 2**20
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(size)
    program = """
import resource, sys
from pathlib import Path
from deploy.backups.sealing import (
    add_to_archive,
    new_sealed_archive,
    read_identities,
    unpack_sealed_archive,
)
here, public = Path(sys.argv[1]), sys.argv[2]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with new_sealed_archive(here / "a.age", [public]) as archive:
    add_to_archive(archive, here / "large", "data/large")
unpack_sealed_archive(here / "a.age", read_identities(here / "key"), here / "to")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path), key.public],
        capture_output=True,
        text=True,
        check=True,
    )

    assert (tmp_path / "to" / "data" / "large").stat().st_size == size
    assert int(done.stdout) * 1024 < size / 4


def test_an_archive_that_cannot_be_written_fails_and_is_not_taken_for_a_copy(
    tmp_path: Path,
) -> None:
    key = new_key(tmp_path / "key")
    with (
        pytest.raises(FileNotFoundError),
        new_sealed_archive(tmp_path / "gone" / "a.age", [key.public]) as archive,
    ):
        archive.add(key.file, "key")
    (tmp_path / "no.age").write_bytes(b"nothing")
    with pytest.raises(BackupError, match="was altered, or is not whole"):
        unpack_sealed_archive(tmp_path / "no.age", [x25519.Identity.generate()], tmp_path / "to")
