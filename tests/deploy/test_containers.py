"""A town in containers: each part once, with its own secrets alone, and nothing privileged."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from deploy.applied_town import Applied
from deploy.backups.making import FORMAT, MANIFEST
from deploy.cli.main import preau
from deploy.hosting.containers.parts import NETWORK, WEB
from deploy.hosting.systemd.users import principal_of_process
from deploy.instance.instance import ENGINES_FILE, Instance
from deploy.instance.release import release_of_town
from deploy.processes.nginx import CONFIGURATION
from deploy.processes.process_plan import wanted_processes
from shared.runtime.version import version_of_code
from tests.deploy.one_family import COPIED_IN_CLEAR
from tests.deploy.town_engines import make_certificate, on_engines_of_the_town
from tests.ports import PORT_BASE

QUADLET = Path("/usr/libexec/podman/quadlet")
OPERATORS = {"preau-metrics", "preau-apply", "preau-backup"}
"""Containers of who owns the town, which see its home."""


@pytest.fixture
def applied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Applied:
    return on_engines_of_the_town(tmp_path, monkeypatch)


@pytest.fixture
def written(applied: Applied, tmp_path: Path) -> Path:
    """Give the folder of what `preau containers` writes of a town."""
    write_containers(applied.instance, tmp_path / "containers", "--backup-into", str(tmp_path))
    return tmp_path / "containers"


def write_containers(instance: Instance, *words: object, ok: bool = True) -> str:
    called = CliRunner().invoke(
        preau, ["containers", *map(str, words)], env=instance.environment, catch_exceptions=False
    )
    assert (called.exit_code == 0) is ok, called.output
    return called.output


def quadlets(folder: Path) -> dict[str, dict[str, list[str]]]:
    """Return the settings of each quadlet of a container, by its name."""
    found: dict[str, dict[str, list[str]]] = {}
    for path in folder.glob("*.container"):
        said = found.setdefault(path.stem, {})
        for key, value in re.findall(r"^([A-Za-z]+)=(.*)$", path.read_text("utf-8"), re.M):
            said.setdefault(key, []).append(value)
    return found


def composed(folder: Path) -> dict[str, dict]:
    services: dict[str, dict] = yaml.safe_load((folder / "compose.yaml").read_text("utf-8"))
    return services["services"]


def test_each_process_of_the_register_stands_once_in_quadlets_and_in_the_compose_file(
    applied: Applied, written: Path
) -> None:
    names = {f"preau-{process.name.replace('_', '-')}" for process in wanted_processes(applied)}
    expected = names | {WEB, NETWORK, "preau-apply", "preau-backup"}

    assert len(names) > 20
    assert quadlets(written).keys() == expected
    assert composed(written).keys() == expected
    for process in wanted_processes(applied):
        name = f"preau-{process.name.replace('_', '-')}"
        service = composed(written)[name]
        assert service["entrypoint"] == list(process.argv)
        assert service["environment"].items() >= process.env.items()
        assert service["volumes"] == quadlets(written)[name]["Volume"]


def test_a_container_is_given_its_principals_secrets_and_no_file_holds_one(
    applied: Applied, written: Path
) -> None:
    services, secrets = composed(written), applied.instance.secrets_dir
    for process in wanted_processes(applied):
        given = services[f"preau-{process.name.replace('_', '-')}"]["volumes"]
        principal = principal_of_process(process)
        own = [f"{secrets / principal}.env:/run/credentials/secrets:ro"] if principal else []
        assert [mount for mount in given if mount.startswith(str(secrets))] == own

    values = {
        value
        for name in applied.secrets.principals_with_secrets()
        for value in applied.secrets.read_values(name).values()
        if len(value) >= 32
    }
    assert len(values) > 20
    texts = [path.read_text("utf-8") for path in written.iterdir()]
    assert not [value for value in values for text in texts if value in text]


def test_beside_its_secrets_a_provider_sees_what_everybody_reads_and_writes_its_counts_alone(
    applied: Applied, written: Path
) -> None:
    home = applied.instance.home

    assert composed(written)["preau-enrolment-ens"]["volumes"] == [
        f"{home}/run/figures/enrolment_ens:/run/preau/enrolment_ens:rw",
        f"{home}/secrets/enrolment_ens.env:/run/credentials/secrets:ro",
        f"{home}/public:{home}/public:ro",
    ]
    for name, service in composed(written).items():
        sees_home = any(mount.startswith(f"{home}:") for mount in service.get("volumes", []))
        assert sees_home is (name in OPERATORS), name


def test_the_signer_has_no_network_and_nothing_but_its_key_and_its_socket(
    applied: Applied, written: Path
) -> None:
    home, services = applied.instance.home, composed(written)
    sockets = f"{home}/run/figures/identity_signer:/run/preau/identity_signer"

    assert services["preau-identity-signer"]["network_mode"] == "none"
    assert quadlets(written)["preau-identity-signer"]["Network"] == ["none"]
    assert services["preau-identity-signer"]["volumes"] == [
        f"{sockets}:rw",
        f"{home}/secrets/identity_signer.env:/run/credentials/secrets:ro",
    ]
    reaches = {
        name
        for name, service in services.items()
        if any(mount.startswith(f"{sockets}:") for mount in service.get("volumes", []))
    }
    assert reaches == {"preau-identity", "preau-identity-signer"}


def test_metrics_see_the_folder_of_copies_whose_room_they_measure(
    applied: Applied, tmp_path: Path
) -> None:
    """Else the alarm of a folder that is not there would never end."""
    copies = tmp_path / "copies"
    write_containers(applied.instance, tmp_path / "written", "--backup-into", copies)

    services = composed(tmp_path / "written")

    shown = {
        name
        for name, service in services.items()
        if any(mount.startswith(f"{copies}:") for mount in service.get("volumes", []))
    }
    assert shown == {"preau-metrics", "preau-backup"}
    assert f"{copies}:{copies}:ro" in services["preau-metrics"]["volumes"]


def test_no_container_has_a_right_or_a_port_of_its_own(applied: Applied, written: Path) -> None:
    owner = applied.instance.home.stat()
    user = f"{owner.st_uid}:{owner.st_gid}"
    for name, said in quadlets(written).items():
        assert said["User"] == [user], name
        assert said["ReadOnly"] == said["NoNewPrivileges"] == ["true"], name
        assert said["DropCapability"] == ["all"], name
        assert not said.keys() & {"AddCapability", "AddDevice", "PodmanArgs"}, name
        assert ("PublishPort" in said) is (name == NETWORK), name
    for name, service in composed(written).items():
        assert service["user"] == user, name
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not service.keys() & {"privileged", "cap_add", "devices", "pid", "ipc"}, name
        assert ("ports" in service) is (name == NETWORK), name


@pytest.mark.parametrize(
    ("own_port", "ports"),
    [("", ["443", "80"]), (":8443", ["8443"])],
    ids=["port-of-https", "port-of-its-own"],
)
def test_the_ports_that_nginx_listens_to_are_published_and_no_other(
    applied: Applied, tmp_path: Path, own_port: str, ports: list[str]
) -> None:
    """Where an address has a port of its own, port 80 may be another town's."""
    file = Path(os.environ["PREAU_ENGINES"])
    said = yaml.safe_load(file.read_text("utf-8"))
    addresses = {name: f"{address}{own_port}" for name, address in said["front"].items()}
    made = make_certificate(tmp_path)
    certificate = {"certificate": str(made.certificate), "key": str(made.key)}
    file.write_text(yaml.safe_dump({**said, "front": {**addresses, **certificate}}), "utf-8")

    write_containers(applied.instance, tmp_path / "containers")

    text = (applied.instance.web_server_dir / CONFIGURATION).read_text("utf-8")
    assert sorted({*re.findall(r"listen (\d+)", text)}) == ports
    published = [f"{port}:{port}" for port in ports]
    assert sorted(quadlets(tmp_path / "containers")[NETWORK]["PublishPort"]) == published
    assert sorted(composed(tmp_path / "containers")[NETWORK]["ports"]) == published


@pytest.mark.skipif(not QUADLET.exists(), reason="needs podman")
def test_podman_reads_each_quadlet(written: Path) -> None:
    done = subprocess.run(
        [QUADLET, "-dryrun"],
        env={**os.environ, "QUADLET_UNIT_DIRS": str(written)},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    made = set(re.findall(r"^---(preau\S*)\.service---$", done.stdout, re.M))
    assert made == quadlets(written).keys() | {"preau-network"}


def test_what_the_town_no_longer_has_goes_and_what_is_not_preaus_stays(
    applied: Applied, written: Path
) -> None:
    kept = "[Container]\n"
    (written / "preau-own.container").write_text(kept, "utf-8")
    register = json.loads(applied.instance.register_path.read_text("utf-8"))
    for part in ("principals", "providers"):
        register[part] = [
            row
            for row in register[part]
            if row["name" if part == "principals" else "code"] not in ("enrolment_ens", "ens")
        ]
    applied.instance.register_path.write_text(json.dumps(register), "utf-8")

    said = write_containers(applied.instance, written)

    assert f"{written}/preau-enrolment-ens.container is gone" in said
    assert not [name for name in quadlets(written) if "-ens" in name]
    assert (written / "preau-own.container").read_text("utf-8") == kept


def test_engines_of_preaus_own_run_in_one_container_and_in_no_others(tmp_path: Path) -> None:
    instance = Instance(tmp_path / "var", PORT_BASE + 900)
    instance.prepare_folders()
    instance.register_path.write_text("{}", "utf-8")

    said = write_containers(instance, tmp_path / "containers", ok=False)

    assert "run in one container" in said
    assert not (tmp_path / "containers").exists()


@pytest.mark.parametrize("place", ["/run/clamd.ctl", "/var/run/clamd.ctl", "/tmp/clamd.ctl"])
def test_no_folder_of_the_host_that_others_use_is_shown_for_a_socket_in_it(
    applied: Applied, tmp_path: Path, place: str
) -> None:
    """Beside it would lie the sockets of the host's own services."""
    file = Path(os.environ["PREAU_ENGINES"])
    said = yaml.safe_load(file.read_text("utf-8"))
    file.write_text(yaml.safe_dump({**said, "antivirus": {"clamd": place}}), "utf-8")

    refused = write_containers(applied.instance, tmp_path / "containers", ok=False)

    assert f"{place} lies in no folder of its own" in refused
    assert not (tmp_path / "containers").exists()


@pytest.fixture
def stopped(tmp_path: Path) -> Instance:
    """Give a town of an older release, as an image leaves it that was stopped."""
    instance = Instance(tmp_path / "var", PORT_BASE + 900)
    instance.prepare_folders()
    (instance.home / ENGINES_FILE).write_text(f"own: files\n{COPIED_IN_CLEAR}", "utf-8")
    register = {"town": {"code": "clairval"}, "principals": []}
    instance.register_path.write_text(json.dumps(register), "utf-8")
    noted = {"version": "0.1.0", "folder": "/opt/preau-0.1.0"}
    instance.release_path.write_text(json.dumps(noted), "utf-8")
    return instance


def upgrade(instance: Instance, made_by: str, *words: str) -> str:
    copy = instance.home.parent / "copy"
    copy.mkdir()
    said_of_itself = {
        "format": FORMAT,
        "version": made_by,
        "town": "clairval",
        "at": "2026-11-30T23:30:00+00:00",
        "files": {},
    }
    (copy / MANIFEST).write_text(json.dumps(said_of_itself), "utf-8")
    called = CliRunner().invoke(
        preau, ["upgrade", str(copy), *words], env=instance.environment, catch_exceptions=False
    )
    return called.output


def test_a_later_image_takes_over_a_stopped_town_of_which_the_former_one_made_a_copy(
    stopped: Instance,
) -> None:
    said = upgrade(stopped, "0.1.0", "--made")

    assert f"from Préau 0.1.0 to {version_of_code()}, once it is started" in said
    noted = release_of_town(stopped)
    assert noted is not None and noted.version == version_of_code()


def test_it_takes_over_no_town_for_a_copy_that_another_release_made(stopped: Instance) -> None:
    said = upgrade(stopped, "0.1.1", "--made")

    assert "have that one make another" in said
    noted = release_of_town(stopped)
    assert noted is not None and noted.version == "0.1.0"


def test_without_a_copy_made_it_says_that_the_former_release_is_in_another_image(
    stopped: Instance,
) -> None:
    said = upgrade(stopped, "0.1.0")

    assert "`upgrade --made`" in said
    noted = release_of_town(stopped)
    assert noted is not None and noted.version == "0.1.0"
