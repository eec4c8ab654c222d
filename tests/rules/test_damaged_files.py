"""A file of a home that a disk or a hand has damaged: a sentence with the way out, no traceback."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy.cli.main import preau
from deploy.instance.instance import Instance

REGISTER = {
    "town": {"code": "clairval", "demo": False},
    "principals": [],
    "calls": [],
    "providers": [{"code": "ens", "state": "running"}, {"code": "cir", "state": "suspended"}],
    "former": [{"code": "old", "state": "revoked"}],
}
WITHOUT_END = '{"town": {"code": "clai'
DAMAGES = {
    "empty": "",
    "zeros": "\0" * 512,
    "cut": WITHOUT_END,
    "another kind": "null",
}


@pytest.fixture
def home(tmp_path: Path) -> Instance:
    instance = Instance(tmp_path / "home")
    instance.prepare_folders()
    instance.register_path.write_text(json.dumps(REGISTER), "utf-8")
    return instance


def said_by(command: str, home: Instance) -> str:
    done = CliRunner().invoke(preau, command.split(" "), env=home.environment)
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit), done.exception
    return done.stderr


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("command", ["doctor", "plan", "register", "apply", "up"])
def test_a_damaged_register_is_named_with_where_another_is_found(
    command: str, damage: str, home: Instance
) -> None:
    home.register_path.write_text(DAMAGES[damage], "utf-8")

    said = said_by(command, home)

    assert said.startswith(f"Error: {home.register_path} is ")
    assert "public/register.json of this town’s last copy" in said


@pytest.mark.parametrize("damage", DAMAGES)
def test_of_damaged_states_the_register_says_what_was_in_force(damage: str, home: Instance) -> None:
    """Else who was suspended or revoked would be told again."""
    path = home.home / "providers.json"
    path.write_text(DAMAGES[damage], "utf-8")

    said = said_by("provider suspend ens", home)

    assert said.startswith(f"Error: {path} is ")
    states = json.loads(said[said.index("{") : said.index("}") + 1])
    assert states == {"cir": "suspended", "old": "revoked"}


@pytest.mark.parametrize(
    ("file", "command", "way_out"),
    [
        ("release.json", "plan", "/opt/preau-"),
        ("granted.json", "approve", "last copy"),
        ("hosts.json", "units folder", "preau units"),
        ("run/job.json", "status", "Delete it"),
        ("run/supervisor.json", "status", "preau up --detach"),
    ],
    ids=lambda each: each,
)
def test_every_other_file_of_a_home_names_its_way_out(
    file: str, command: str, way_out: str, home: Instance
) -> None:
    path = home.home / file
    path.write_text(WITHOUT_END, "utf-8")

    said = said_by(command, home)

    assert said.startswith(f"Error: {path} is cut off")
    assert way_out in said
