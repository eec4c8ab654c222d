"""A file of a home that a disk or a hand has damaged: a sentence with the way out, no traceback."""

import errno
import json
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.exc import OperationalError

from deploy.applied_town import Applied
from deploy.cli.main import _refusal_of_database, _refusal_of_machine_in_words, preau
from deploy.doctor.engines.databases import check_databases
from deploy.doctor.host import check_secrets, check_town_is_installed
from deploy.instance.instance import Instance
from deploy.instance.secrets import Secrets, SecretsError
from shared.settings import Settings, SettingsIncomplete
from tests.factories.register import demo_rows

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
    assert '"ending_trial" for ' in said


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


@pytest.mark.parametrize("left", [None, "", "SECRET_KEY=x\n"], ids=["gone", "empty", "another key"])
@pytest.mark.parametrize("command", ["apply", "up", "plan"])
def test_no_other_key_is_made_where_one_is_lost_under_which_data_lies(
    command: str, left: str | None, home: Instance
) -> None:
    """What came later would lie under it, and what is there would be read by nobody."""
    principal = {"name": "dossier", "service": "dossier"}
    home.register_path.write_text(json.dumps({**REGISTER, "principals": [principal]}), "utf-8")
    path = home.secrets_path("dossier")
    if left is not None:
        path.write_text(left, "utf-8")
        path.chmod(0o600)

    said = said_by(command, home)

    assert said.startswith(f"Error: {path} ")
    assert "Put secrets/dossier.env of this town’s last copy back" in said
    assert not path.exists() if left is None else path.read_text("utf-8") == left
    [finding] = [each for each in check_secrets(Applied(home)) if "dossier" in each.what]
    assert finding.mend.endswith(f"tar --extract --directory {home.home} secrets/dossier.env")


@pytest.mark.parametrize(
    "left", ["SECRET_KEY=x\n", "KEY_ENCRYPTION_KEY=\nSECRET_KEY=x\n"], ids=["no line", "no value"]
)
def test_who_lacks_its_key_does_not_start_whoever_starts_it_and_the_doctor_says_why(
    left: str, home: Instance
) -> None:
    """What waits to be sent would lie unsealed on the disk: systemd asks nobody before a start."""
    principal = {"name": "billing", "service": "billing"}
    home.register_path.write_text(json.dumps({**REGISTER, "principals": [principal]}), "utf-8")
    path = home.secrets_path("billing")
    path.write_text(left, "utf-8")
    path.chmod(0o600)

    with pytest.raises(SettingsIncomplete, match="KEY_ENCRYPTION_KEY is missing"):
        Settings.from_env(environment_of_unit(home, left))
    [finding] = [each for each in check_secrets(Applied(home)) if "billing" in each.what]

    assert f"{path} has lost KEY_ENCRYPTION_KEY" in finding.what
    assert "does not start" in finding.what
    assert finding.mend.endswith(f"tar --extract --directory {home.home} secrets/billing.env")


def test_who_keeps_nothing_needs_no_key(home: Instance) -> None:
    in_memory = environment_of_unit(home, "") | {"DATABASE_URL": "sqlite://"}

    assert Settings.from_env(in_memory).key_encryption_key == b""


def environment_of_unit(home: Instance, secrets: str) -> dict[str, str]:
    """Return what a process is started with: its unit's lines, and those of its secrets."""
    public = home.home / "public"
    public.mkdir(exist_ok=True)
    (public / "register.json").write_text(json.dumps(demo_rows()), "utf-8")
    return {
        "PREAU_HOME": str(public),
        "PREAU_PRINCIPAL": "billing",
        "AMQP_URI": "amqp://billing:x@127.0.0.1:1/",
        "DATABASE_URL": "sqlite:////billing.sqlite",
        **dict(line.split("=", 1) for line in secrets.splitlines()),
    }


@pytest.mark.parametrize(
    ("engines", "principal"),
    [
        *(("files", each) for each in ("dossier", "ops")),
        *(("postgresql", each) for each in ("dossier", "ops", "dossier_owner")),
    ],
    ids=lambda each: each,
)
def test_the_doctor_goes_on_where_secrets_are_empty(
    engines: str, principal: str, home: Instance
) -> None:
    """All else that is wrong is found as well, and what brings the file back."""
    rows = [{"name": "dossier", "service": "dossier"}, {"name": "ops", "service": "ops"}]
    in_force = {**REGISTER, "principals": rows, "providers": []}
    home.register_path.write_text(json.dumps(in_force), "utf-8")
    (home.home / "engines.yaml").write_text(f"own: {engines}\n", "utf-8")
    path = home.secrets_path(principal)
    path.write_text("", "utf-8")
    path.chmod(0o600)

    done = CliRunner().invoke(preau, ["doctor"], env=home.environment)

    assert (done.exit_code, "Error" in done.stderr) == (1, False), done.output
    what, mend = done.stdout[done.stdout.index(f"{path} is empty.") :].splitlines()[:2]
    assert mend.endswith(f"tar --extract --directory {home.home} secrets/{principal}.env")
    assert done.stdout.count(what) == 1
    assert "No backup of this town has been noted" in done.stdout
    assert "The town does not run" in done.stdout


def test_the_doctor_goes_on_where_another_file_is_damaged(home: Instance) -> None:
    home.register_path.write_text(json.dumps({**REGISTER, "providers": []}), "utf-8")
    path = home.home / "run" / "supervisor.json"
    path.write_text(WITHOUT_END, "utf-8")

    done = CliRunner().invoke(preau, ["doctor"], env=home.environment)

    assert (done.exit_code, done.stdout.count(f"{path} is cut off")) == (1, 1), done.output
    assert "Nobody is named who may open keys" in done.stdout


def test_secrets_that_are_empty_are_named(home: Instance) -> None:
    home.secrets_path("ops").write_text("", "utf-8")

    with pytest.raises(SecretsError, match=r"ops\.env is empty.*last copy"):
        Secrets(home).read_values("ops")


@pytest.fixture
def read_only_home(home: Instance) -> Iterator[Instance]:
    """Give a home whose database of the dossier lies on a disk that takes nothing any more."""
    folder = home.database_path("dossier").parent
    folder.mkdir(parents=True)
    with closing(sqlite3.connect(home.database_path("dossier"))) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
    if subprocess.run(
        ["mount", "--bind", str(folder), str(folder)], capture_output=True
    ).returncode:
        pytest.skip("nobody may mount a disk here")
    subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
    try:
        principal = {"name": "dossier", "service": "dossier"}
        home.register_path.write_text(json.dumps({**REGISTER, "principals": [principal]}), "utf-8")
        url = home.sqlite_url("dossier")
        Secrets(home).ensure_values("dossier", DATABASE_URL=url, KEY_ENCRYPTION_KEY="x")
        yield home
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_database_that_takes_no_change_is_said_with_its_disk(read_only_home: Instance) -> None:
    found = [
        each for all_of in check_databases(Applied(read_only_home)).values() for each in all_of
    ]

    [finding] = [each for each in found if "can only be read" in each.what]
    assert finding.mend.startswith("mount -o remount,rw")


def test_a_database_that_refuses_without_a_word_is_named_by_the_kind_of_it() -> None:
    assert _refusal_of_database(OperationalError("SELECT 1", {}, Exception())) == "OperationalError"


def test_what_a_database_refuses_to_a_command_is_a_sentence(home: Instance) -> None:
    home.database_path("dossier").parent.mkdir(parents=True)
    home.database_path("dossier").write_bytes(b"no database at all" * 100)
    principal = {"name": "dossier", "service": "dossier"}
    home.register_path.write_text(json.dumps({**REGISTER, "principals": [principal]}), "utf-8")
    url = home.sqlite_url("dossier")
    Secrets(home).ensure_values("dossier", DATABASE_URL=url, KEY_ENCRYPTION_KEY="x")

    assert said_by("plan", home).startswith("Error: A database could not be used: file is not a")


@pytest.mark.parametrize(
    ("code", "words"),
    [(errno.ENOSPC, "`df -h` says which disk is full"), (errno.EACCES, "Give the user")],
    ids=["no room", "no right"],
)
def test_what_a_disk_refuses_to_a_command_is_a_sentence(code: int, words: str) -> None:
    said = _refusal_of_machine_in_words(OSError(code, "", "/var/lib/preau/copies"))

    assert said.startswith("/var/lib/preau/copies: ")
    assert words in said
    assert said.endswith("call this again: what is done stays done.")


@pytest.mark.parametrize(
    ("left", "command"), [("before-rollback-1", "rollback"), ("", "restore")], ids=["back", "lost"]
)
def test_a_home_without_a_register_is_mended_by_what_was_broken_off(
    left: str, command: str, home: Instance
) -> None:
    """A rollback begins by laying the town aside: `restore` would refuse that home."""
    home.release_path.write_text("{}", "utf-8")
    if left:
        (home.home / left).mkdir()
        home.public_dir.rename(home.home / left / "public")
    else:
        home.register_path.unlink()

    [finding] = check_town_is_installed(Applied(home))

    assert finding.mend == f"preau {command} COPY"
