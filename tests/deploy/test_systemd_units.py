"""
A town's units: a user for each part, a credential that this unit alone is given, and nothing else
of anybody's.
"""

import json
import os
import pwd
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml

from deploy.applied_town import Applied
from deploy.engines.town_engines import FILES, POSTGRESQL
from deploy.hosting.systemd.units import Host, unit_files
from deploy.hosting.systemd.users import LONGEST, system_user_of_part, sysusers_file
from deploy.instance.instance import Instance
from deploy.processes.hosts import note_copy_of_host
from deploy.provisioning.apply import compile_register_in_force, prepare_secrets
from tests.deploy.readable_units import not_below_dev
from tests.deploy.town_engines import on_engines_of_the_town
from tests.ports import PORT_BASE

MOST_EXPOSED, SIGNERS_MOST = 2.0, 1.0
"""
The most exposure, of ten, as systemd counts what a unit could do to its host; 9.6 without limits.
"""


@pytest.fixture(params=[FILES, POSTGRESQL])
def applied(request: pytest.FixtureRequest, tmp_path: Path) -> Applied:
    """Give the demo town on engines of Préau's own, as far as it is without starting them."""
    instance = Instance(tmp_path / "var", PORT_BASE + 900)
    instance.prepare_folders()
    (instance.home / "engines.yaml").write_text(yaml.safe_dump({"own": request.param}), "utf-8")
    register = compile_register_in_force(Applied(instance))
    instance.register_path.write_text(json.dumps(register), "utf-8")
    prepare_secrets(Applied(instance), register)
    note_copy_of_host(Applied(instance), None)
    return Applied(instance)


def services_of(applied: Applied) -> dict[str, dict[str, list[str]]]:
    """Return the settings of each unit of a process, by its name."""
    return {
        name.removesuffix(".service"): settings_of(text)
        for name, text in unit_files(applied, Host()).items()
        if name.endswith(".service")
    }


def settings_of(text: str) -> dict[str, list[str]]:
    """Return the values of each setting of a unit."""
    found: dict[str, list[str]] = {}
    for key, value in re.findall(r"^([A-Za-z]+)=(.*)$", text, re.M):
        found.setdefault(key, []).append(value)
    return found


def test_on_a_full_machine_broker_and_dossier_come_before_who_takes_a_change_in(
    applied: Applied,
) -> None:
    shares = {
        name: settings["CPUWeight"]
        for name, settings in services_of(applied).items()
        if "CPUWeight" in settings
    }

    assert shares == {"preau-broker": ["300"], "preau-dossier": ["300"]}


def test_each_principal_is_a_user_of_its_own_and_no_two_share_one(applied: Applied) -> None:
    users = {name: said["User"][0] for name, said in services_of(applied).items()}

    for principal in (row["name"] for row in applied.principals_in_force() if row["name"] != "ops"):
        assert users[f"preau-{principal.replace('_', '-')}"] == system_user_of_part(principal)
    assert (
        users["preau-desk-ens"]
        == users["preau-desk-ens-live"]
        == system_user_of_part("enrolment_ens")
    )
    assert users["preau-billing-worker"] == users["preau-billing"]
    assert users["preau-identity-signer"] != users["preau-identity"]
    operators = {name for name, user in users.items() if user == "preau"}
    assert operators == {"preau-metrics", "preau-apply"}


def test_no_unit_holds_a_secret_and_each_is_given_its_principals_alone(applied: Applied) -> None:
    files = unit_files(applied, Host())
    secrets = {
        value
        for name in applied.secrets.principals_with_secrets()
        for key, value in applied.secrets.read_values(name).items()
        if not key.endswith("_URL") or value.startswith("postgresql")
    }

    assert len(secrets) > 20
    assert not [name for name, text in files.items() for secret in secrets if secret in text]
    for said in services_of(applied).values():
        for credential in said.get("LoadCredential", []):
            name, _, file = credential.partition(":")
            assert (name, said["User"][0]) == ("secrets", system_user_of_part(Path(file).stem))


def test_the_key_that_signs_is_the_signers_alone_and_it_has_nothing_else(applied: Applied) -> None:
    services, secrets = services_of(applied), applied.secrets
    signer, identity = services["preau-identity-signer"], services["preau-identity"]

    assert [
        name
        for name in secrets.principals_with_secrets()
        if "TOKEN_SIGNING_KEY" in secrets.read_values(name)
    ] == ["identity_signer"]
    assert secrets.read_values("identity_signer").keys() == {"TOKEN_SIGNING_KEY"}
    assert signer["PrivateNetwork"] == ["yes"]
    assert signer["InaccessiblePaths"] == [str(applied.instance.home)]
    assert "ReadWritePaths" not in signer
    assert identity["SupplementaryGroups"] == [signer["Group"][0]]
    with_that_group = {n for n, said in services.items() if "SupplementaryGroups" in said}
    assert with_that_group == {"preau-identity"}


def test_a_process_writes_in_its_own_folder_alone(applied: Applied) -> None:
    data = applied.instance.data_dir
    written = {name: said.get("ReadWritePaths", []) for name, said in services_of(applied).items()}

    if applied.engines_of_town.database_engine is None:
        assert written["preau-dossier"] == [str(data / "dossier")]
        assert written["preau-desk-ens"] == [str(data / "enrolment_ens")]
    else:
        assert written["preau-dossier"] == written["preau-desk-ens"] == []
        assert written["preau-database"] == [str(applied.instance.postgres_dir)]
    assert written["preau-broker"] == [str(applied.instance.broker_dir)]


def test_engines_of_its_own_are_units_that_the_others_wait_for(applied: Applied) -> None:
    services = services_of(applied)
    engines = {"preau-broker"} | (
        {"preau-database"} if applied.engines_of_town.database_engine else set()
    )

    assert engines <= services.keys()
    for engine in engines:
        assert services[engine]["User"] == [engine]
        assert services[engine]["Type"] == ["notify"]
        assert f"{engine}.service" in services["preau-dossier"]["After"][0].split()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd's reader of units")
def test_systemd_reads_every_unit_and_finds_none_much_exposed(
    applied: Applied, tmp_path: Path
) -> None:
    files = {name: tmp_path / name for name in unit_files(applied, Host(user="daemon"))}
    for name, text in unit_files(applied, Host(user="daemon")).items():
        known = re.sub("^(User|Group)=.*", r"\1=daemon", text, flags=re.M)
        files[name].write_text(not_below_dev(known), "utf-8")

    read = subprocess.run(
        ["systemd-analyze", "verify", *files.values()], capture_output=True, text=True
    )

    assert (read.returncode, read.stderr) == (0, "")
    for name in (each for each in files if each.endswith(".service")):
        command = ["systemd-analyze", "security", "--offline=true", "--no-pager", files[name]]
        said = subprocess.run(command, capture_output=True, text=True).stdout
        [level] = re.findall(r"Overall exposure level for \S+: ([0-9.]+)", said)
        assert float(level) <= (SIGNERS_MOST if "signer" in name else MOST_EXPOSED), name


def test_of_two_hosts_each_runs_its_copy_and_together_they_run_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied = on_engines_of_the_town(tmp_path, monkeypatch)
    first, second = (unit_files(applied, Host(copy=copy)) for copy in (1, 2))

    assert first.keys() | second.keys() == unit_files(applied, Host()).keys()
    assert first.keys() & second.keys() == {"preau.target"}
    assert "preau-apply.timer" in first  # one host is enough
    assert {"preau-portal-web-2.service", "preau-identity-signer-2.service"} <= second.keys()
    for units, number in ((first, ""), (second, "_2")):
        [path] = re.findall(
            'SIGNER_SOCKET=([^"]+)', units[f"preau-identity{number.replace('_', '-')}.service"]
        )
        assert path == f"/run/preau/identity_signer{number}/socket"


def test_a_users_name_fits_however_long_a_providers_code_is() -> None:
    names = [system_user_of_part(f"enrolment_{'x' * 30}{end}") for end in ("a", "b")]

    assert system_user_of_part("enrolment_ens") == "preau-enrolment-ens"
    assert all(len(name) <= LONGEST for name in names)
    assert len(set(names)) == 2


@pytest.mark.skipif(not shutil.which("systemd-sysusers"), reason="needs systemd-sysusers")
def test_systemd_makes_the_users_as_often_as_it_is_asked(applied: Applied, tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    file = tmp_path / "preau.conf"
    file.write_text('u preau - "operator"\n' + sysusers_file(applied, "preau"), "utf-8")
    command = ["systemd-sysusers", f"--root={root}", str(file)]

    subprocess.run(command, check=True, capture_output=True)
    made = (root / "etc" / "passwd").read_text("utf-8")
    subprocess.run(command, check=True, capture_output=True)

    assert (root / "etc" / "passwd").read_text("utf-8") == made
    users = {line.split(":")[0] for line in made.splitlines()}
    assert {said["User"][0] for said in services_of(applied).values()} <= users
    members = {
        name: set(filter(None, who.split(",")))
        for name, _, _, who in (
            line.split(":") for line in (root / "etc" / "group").read_text("utf-8").splitlines()
        )
    }
    assert members["preau-dossier"] == {"preau"}
    assert members["preau-identity-signer"] == set()
    assert all(who <= {"preau"} for who in members.values())


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Give a folder that everybody reaches: another run of pytest shuts the one of all tests."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.skipif(os.geteuid() != 0, reason="root becomes somebody else")
def test_what_root_asks_of_somebody_elses_town_is_done_as_its_owner(open_folder: Path) -> None:
    home, owner = open_folder / "var", pwd.getpwnam("daemon")
    home.mkdir()
    os.chown(home, owner.pw_uid, owner.pw_gid)
    environment = {**os.environ, **Instance(home, PORT_BASE + 900).environment}

    subprocess.run(
        [sys.executable, "-m", "deploy", "plan"], env=environment, check=False, capture_output=True
    )

    made = [home, *home.rglob("*")]
    assert (home / "town.yaml") in made
    assert {path.stat().st_uid for path in made} == {owner.pw_uid}
