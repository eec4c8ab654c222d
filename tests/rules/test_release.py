"""A release: its number stands once; the list of changes and the note of a town agree with it."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy.applied_town import Applied
from deploy.cli.main import preau
from deploy.doctor.examine import examine_town
from deploy.instance.instance import PROJECT, Instance
from deploy.instance.release import (
    OtherRelease,
    note_release_of_town,
    release_here,
    release_of_town,
    require_release_of_town,
)
from deploy.releases.archive import CHANGES, CHANGES_OF_VERSION
from shared.runtime.version import version_of_code


@pytest.fixture
def home(tmp_path: Path) -> Instance:
    instance = Instance(tmp_path / "var")
    instance.prepare_folders()
    return instance


def of_release(home: Instance, version: str) -> None:
    noted = {"version": version, "folder": f"/opt/preau-{version}"}
    home.release_path.write_text(json.dumps(noted), "utf-8")


def test_the_list_of_changes_begins_with_the_version_of_the_code() -> None:
    page = (PROJECT / CHANGES).read_text("utf-8")

    listed = re.findall(CHANGES_OF_VERSION, page, re.MULTILINE)

    assert listed[0] == version_of_code()
    assert re.findall(r"^## (?!\[)", page, re.MULTILINE) == []


def test_a_town_is_of_the_release_that_was_noted_last(home: Instance) -> None:
    assert release_of_town(home) is None
    require_release_of_town(home)  # before its first `apply` it is of none

    note_release_of_town(home)

    assert release_of_town(home) == release_here()
    require_release_of_town(home)


def test_code_that_is_older_than_the_town_names_the_newer_one(home: Instance) -> None:
    of_release(home, "10.0.0")

    with pytest.raises(OtherRelease, match=r"of Préau 10\.0\.0.* which is older") as refused:
        require_release_of_town(home)

    assert "/opt/preau-10.0.0/.venv/bin/preau" in str(refused.value)


def test_code_that_is_newer_than_the_town_names_the_command_that_makes_a_copy_first(
    home: Instance,
) -> None:
    of_release(home, "0.1.9")

    with pytest.raises(OtherRelease, match=r"of Préau 0\.1\.9.*preau upgrade COPY"):
        require_release_of_town(home)


@pytest.mark.parametrize("command", ["plan", "apply", "up", "run"])
@pytest.mark.parametrize(
    ("version", "says"),
    [
        pytest.param("10.0.0", "which is older", id="older-code"),
        pytest.param("0.1.9", "upgrade COPY", id="newer-code"),
    ],
)
def test_a_command_that_changes_a_town_of_another_release_is_refused_in_a_sentence(
    home: Instance, command: str, version: str, says: str
) -> None:
    of_release(home, version)

    done = CliRunner().invoke(preau, [command], env=home.environment)

    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)
    assert done.stderr.startswith(f"Error: This town is of Préau {version}") and says in done.stderr
    assert not home.register_path.exists()


def a_register_of_a_former_release(home: Instance) -> Path:
    return home.home / "register.json"


def a_broken_off_rollback(home: Instance) -> Path:
    return home.home / "before-rollback-2026-11-30-02h00" / "public" / "register.json"


def databases_of_a_town(home: Instance) -> Path:
    return home.database_path("dossier")


@pytest.mark.parametrize("command", ["plan", "apply", "up", "run"])
@pytest.mark.parametrize(
    "left",
    [a_register_of_a_former_release, a_broken_off_rollback, databases_of_a_town],
    ids=["former-register", "broken-off-rollback", "databases"],
)
def test_no_town_is_begun_in_a_home_in_which_one_was(
    home: Instance, command: str, left: Callable[[Instance], Path]
) -> None:
    path = left(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}", "utf-8")
    before = {each: each.read_bytes() for each in home.home.rglob("*") if each.is_file()}

    done = CliRunner().invoke(preau, [command], env=home.environment)

    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)
    assert f"{path.relative_to(home.home)}: a town was here" in done.stderr
    assert "preau rollback" in done.stderr and "preau restore" in done.stderr
    assert before == {each: each.read_bytes() for each in home.home.rglob("*") if each.is_file()}
    (found,) = examine_town(Applied(home))
    assert "a town was here" in found.what


def test_the_doctor_says_of_a_town_of_another_release_nothing_but_that(home: Instance) -> None:
    home.register_path.write_text("{}", "utf-8")
    of_release(home, "10.0.0")

    (found,) = examine_town(Applied(home))

    assert found.what == f"The town is of Préau 10.0.0, and this is {version_of_code()}."
    assert found.mend == "/opt/preau-10.0.0/.venv/bin/preau doctor"
