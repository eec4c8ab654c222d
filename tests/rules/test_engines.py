"""One file says on what a town runs; what cannot be is refused, by its place in the file."""

import json
import re
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from click.testing import CliRunner
from pyrage import x25519

from deploy.applied_town import Applied
from deploy.cli.main import preau
from deploy.doctor.processes import check_processes, check_processes_answer
from deploy.engines.broker_topology import CLASSIC, QUORUM, topology_of_register
from deploy.engines.engines_file import read_engines_file, write_own_cluster_file
from deploy.engines.town_engines import CLUSTER, Engines, EnginesRefused, make_own_engines
from deploy.hosting.systemd.units import Host, unit_files
from deploy.instance.instance import Instance
from deploy.processes import hosts
from deploy.processes.hosts import copies_here, note_copy_of_host, unit_name
from deploy.processes.nginx import server_blocks
from deploy.processes.process_plan import wanted_processes
from deploy.processes.public_addresses import PORTAL, office_addresses, pages_of_services
from deploy.provisioning.apply import compile_register_in_force, databases_of_town, prepare_secrets
from shared.files.antivirus import Antivirus
from shared.register import REVOKED, parse_register
from shared.register.queues import is_events_queue

AGAIN = "7 activating auto-restart"
NODES = [f"rabbit-{number}.ville.example" for number in (1, 2, 3)]


@pytest.fixture
def file(tmp_path: Path) -> dict[str, Any]:
    """Give what a file of the town's own engines says."""
    administrator = str(tmp_path / "admin.env")
    Path(administrator).write_text("ADMIN_USER=dsi\nADMIN_PASSWORD=secret\n", "utf-8")
    return {
        "broker": {
            "nodes": [
                {"amqp": f"{node}:5671", "management": f"https://{node}:15671"} for node in NODES
            ],
            "virtual_host": "préau",
            "tls": True,
            "authority": "/etc/ssl/ville.pem",
            "administrator": administrator,
        },
        "database": {
            "place": "postgres.ville.example:5432",
            "tls": True,
            "administrator": administrator,
        },
        "front": {
            "portal": "https://familles.ville.example",
            "front_desk": "https://accueil.ville.example",
            "desks": "https://{code}.guichets.ville.example",
            "certificate": "/etc/ssl/ville.pem",
            "key": "/etc/ssl/ville.key",
        },
        "copies": 2,
    }


def read(tmp_path: Path, file: dict[str, Any]) -> Engines:
    path = tmp_path / "engines.yaml"
    path.write_text(yaml.safe_dump(file, allow_unicode=True), "utf-8")
    return read_engines_file(Instance(tmp_path / "var"), {"PREAU_ENGINES": str(path)})


@pytest.fixture
def applied(tmp_path: Path, file: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Applied:
    """Give the demo town on the town's own engines, as far as it is without reaching them."""
    read(tmp_path, file)
    monkeypatch.setenv("PREAU_ENGINES", str(tmp_path / "engines.yaml"))
    applied = Applied(Instance(tmp_path / "var", 9790))
    register = compile_register_in_force(applied)
    prepare_secrets(applied, register)
    applied.instance.register_path.write_text(json.dumps(register), "utf-8")
    return applied


def test_without_a_file_all_is_on_this_machine(tmp_path: Path) -> None:
    engines = read_engines_file(Instance(tmp_path), {})

    assert engines.own and engines.copies == 1
    assert engines.postgres_server() is None
    assert not engines.broker_engine.is_cluster


def test_a_town_on_one_machine_is_found_at_addresses_of_its_own_behind_the_machines_nginx(
    tmp_path: Path, file: dict[str, Any]
) -> None:
    engines = read(tmp_path, {"own": "files", "front": file["front"]})
    pages = pages_of_services(
        engines, {"providers": [{"code": "ens", "principal": "enrolment_ens"}]}
    )
    text = server_blocks(engines, pages.values())

    assert engines.own and engines.postgres_server() is None and not engines.has_own_web_server
    assert pages[PORTAL].address == pages[PORTAL].stream == "https://familles.ville.example"
    assert office_addresses(pages) == {"ens": "https://ens.guichets.ville.example"}
    assert "server_name familles.ville.example;" in text
    assert text.count(f"127.0.0.1:{pages[PORTAL].ports[0]} ") == 1
    [redirected] = re.findall(r"listen 80;.*?server_name (.*?);", text, re.DOTALL)
    assert set(redirected.split()) == {urlsplit(page.address).hostname for page in pages.values()}


def test_an_address_with_a_port_of_its_own_is_nobodys_at_port_80(
    tmp_path: Path, file: dict[str, Any]
) -> None:
    addresses = ("portal", "front_desk", "desks")
    elsewhere = {name: f"{file['front'][name]}:8443" for name in addresses}
    engines = read(tmp_path, {**file, "front": {**file["front"], **elsewhere}})
    pages = pages_of_services(
        engines, {"providers": [{"code": "ens", "principal": "enrolment_ens"}]}
    )
    text = server_blocks(engines, pages.values())

    assert text.count("listen 8443 ssl;") == len(pages)
    assert "listen 80;" not in text and "listen [::]:80;" not in text


def test_behind_a_load_balancer_nginx_believes_it_and_nobody_else(
    tmp_path: Path, file: dict[str, Any]
) -> None:
    front = {**file["front"], "proxies": ["10.0.4.0/24", "2001:db8::7"]}
    engines = read(tmp_path, {"own": "files", "front": front})
    pages = pages_of_services(
        engines, {"providers": [{"code": "ens", "principal": "enrolment_ens"}]}
    )
    text = server_blocks(engines, pages.values())

    believed = [line.strip() for line in text.splitlines() if "set_real_ip_from" in line]
    assert set(believed) == {"set_real_ip_from 10.0.4.0/24;", "set_real_ip_from 2001:db8::7;"}
    assert text.count("real_ip_recursive on;") == len(pages)
    assert text.count("X-Forwarded-Proto $scheme;") == len(pages)


def test_a_town_whose_load_balancer_holds_the_certificate_is_told_that_it_is_https(
    tmp_path: Path, file: dict[str, Any]
) -> None:
    addresses = {name: file["front"][name] for name in ("portal", "front_desk", "desks")}
    engines = read(tmp_path, {"own": "files", "front": {**addresses, "proxies": ["10.0.4.7"]}})
    pages = pages_of_services(
        engines, {"providers": [{"code": "ens", "principal": "enrolment_ens"}]}
    )
    text = server_blocks(engines, pages.values())

    assert text.count("X-Forwarded-Proto https;") == len(pages)
    assert "listen 80;" in text and "ssl" not in text


@pytest.mark.parametrize("place", ["/run/clamav/clamd.ctl", "clamav.ville.example:3310"])
def test_an_antivirus_is_named_beside_engines_of_either_kind(
    tmp_path: Path, file: dict[str, Any], place: str
) -> None:
    named = {"antivirus": {"clamd": place}}

    assert read(tmp_path, {"own": "files", **named}).antivirus == Antivirus(place)
    assert read(tmp_path, {**file, **named}).antivirus == Antivirus(place)
    assert read(tmp_path, file).antivirus is None


@pytest.mark.parametrize("place", ["clamd.ctl", "clamav.ville.example", "", "/run/a b"])
def test_an_antivirus_without_a_place_is_refused(tmp_path: Path, place: str) -> None:
    with pytest.raises(EnginesRefused, match=r"antivirus\.clamd: must be an absolute path"):
        read(tmp_path, {"own": "files", "antivirus": {"clamd": place}})


def test_pages_are_told_of_the_antivirus_and_nothing_else_is(
    tmp_path: Path, file: dict[str, Any], applied: Applied
) -> None:
    def told(applied: Applied) -> set[str]:
        return {each.name for each in wanted_processes(applied) if "ANTIVIRUS" in each.env}

    assert told(applied) == set()
    read(tmp_path, {**file, "antivirus": {"clamd": "/run/clamav/clamd.ctl"}})

    pages = {"portal_web", "front_desk_web", "desk_agg", "desk_ens"}
    assert told(Applied(applied.instance)) == pages | {f"{name}_2" for name in pages}


def test_a_cluster_of_its_own_has_an_nginx_of_its_own(tmp_path: Path) -> None:
    assert read(tmp_path, {"own": "cluster"}).has_own_web_server
    assert not read(tmp_path, {"own": "postgresql"}).has_own_web_server


@pytest.mark.parametrize("wrong", [{"own": "sqlite"}, {"own": "files", "copies": 2}])
def test_engines_of_its_own_are_of_three_kinds_and_nothing_else_is_said_of_them(
    tmp_path: Path, wrong: dict[str, Any]
) -> None:
    with pytest.raises(EnginesRefused, match=list(wrong)[-1]):
        read(tmp_path, wrong)


def test_a_principal_reaches_any_node_of_the_towns_broker(
    tmp_path: Path, file: dict[str, Any]
) -> None:
    uris = read(tmp_path, file).broker_engine.broker_addresses("dossier", "pw").split(";")

    assert uris == [
        f"amqps://dossier:pw@{node}:5671/pr%C3%A9au?cafile=/etc/ssl/ville.pem" for node in NODES
    ]


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("broker", "nodes"), [], "broker.nodes"),
        (("broker", "administrator"), "admin.env", "absolute path"),
        (("broker", "hosts"), [], "broker.hosts"),
        (("database", "place"), "postgres.ville.example", "host:port"),
        (("database", "prefix"), "Préau-", "database.prefix"),
        (("front", "portal"), "https://ville.example/familles", "without a path"),
        (("front", "desks"), "https://guichets.ville.example", "{code}"),
        (("front", "proxies"), ["10.0.4.0/33"], "10.0.4.0/24"),
        (("copies",), 0, "copies"),
    ],
)
def test_a_file_that_is_wrong_is_refused_by_its_place(
    tmp_path: Path, file: dict[str, Any], place: tuple[str, ...], value: Any, said: str
) -> None:
    *folders, last = place
    part = file
    for folder in folders:
        part = part[folder]
    part[last] = value

    with pytest.raises(EnginesRefused, match=said):
        read(tmp_path, file)


PUBLIC = str(x25519.Identity.generate().to_public())
PRIVATE = str(x25519.Identity.generate())


def test_a_slip_in_the_file_of_engines_is_said_in_words_on_its_line(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    path = tmp_path / "engines.yaml"
    path.write_text("own: files\nbackup: secrets: clear\n", "utf-8")

    with pytest.raises(EnginesRefused) as refused:
        read_engines_file(instance, {})

    colon = "a colon too many: a text that holds one stands in quotes"
    assert str(refused.value).startswith(f"{path}:2: this is not YAML: {colon}")


@pytest.mark.parametrize(
    ("backup", "said"),
    [
        ({"recipients": [PRIVATE]}, "must be a public key of age"),
        ({"recipients": [f"{PUBLIC}a"]}, "must be a public key of age"),
        ({"recipients": [PUBLIC], "secrets": "clear"}, "backup.secrets: recipients open them"),
        ({"secrets_into": "/mnt/elsewhere"}, "backup.secrets_into: needs recipients"),
        ({"secrets": "yes"}, "backup.secrets"),
        ({"nights": 0}, "backup.nights"),
    ],
    ids=["private", "mistyped", "both", "apart", "unclear", "none"],
)
def test_a_file_that_would_seal_copies_for_nobody_is_refused(
    tmp_path: Path, file: dict[str, Any], backup: dict[str, Any], said: str
) -> None:
    for engines in ({"own": "files"}, file):
        with pytest.raises(EnginesRefused, match=said) as refused:
            read(tmp_path, {**engines, "backup": backup})
        assert PRIVATE not in str(refused.value)


def test_the_nightly_copy_may_write_where_secrets_are_kept_apart(
    tmp_path: Path, file: dict[str, Any], applied: Applied
) -> None:
    read(tmp_path, {**file, "backup": {"recipients": [PUBLIC], "secrets_into": "/mnt/elsewhere"}})

    found = unit_files(Applied(applied.instance), Host(backups=tmp_path / "copies"))

    for folder in ("/mnt/elsewhere", tmp_path / "copies"):
        assert f"ReadWritePaths={folder}\n" in found["preau-backup.service"]


def test_copies_are_kept_for_as_many_nights_as_the_file_says(
    tmp_path: Path, file: dict[str, Any]
) -> None:
    backup = {"recipients": [PUBLIC], "nights": 30, "secrets_nights": 2}
    for engines in ({"own": "files"}, file):
        known = read(tmp_path, {**engines, "backup": backup}).backup
        assert (known.recipients, known.nights, known.secrets_nights) == ((PUBLIC,), 30, 2)


def test_an_administrators_file_without_a_password_is_named(
    tmp_path: Path, file: dict[str, Any]
) -> None:
    Path(file["broker"]["administrator"]).write_text("ADMIN_USER=dsi\n", "utf-8")

    with pytest.raises(EnginesRefused, match=r"admin\.env must hold .* ADMIN_PASSWORD"):
        read(tmp_path, file).broker_of_virtual_host()


def test_a_town_on_one_machine_is_not_turned_into_a_cluster(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    instance.prepare_folders()
    instance.register_path.write_text("{}", "utf-8")

    with pytest.raises(EnginesRefused, match="make clean"):
        write_own_cluster_file(instance)


def test_in_a_cluster_all_but_the_slots_lies_on_every_node(applied: Applied) -> None:
    register = parse_register(compile_register_in_force(applied))
    kinds = {
        queue.name: dict(queue.arguments)["x-queue-type"]
        for queue in topology_of_register(register, clustered=True).queues
    }

    on_one_node = {name for name, kind in kinds.items() if kind == CLASSIC}
    assert on_one_node == {name for name in kinds if ".replies." in name or ".push." in name}
    assert {kinds["in.dossier.rpc.portal"], kinds["in.dossier.events"], kinds["dead.dossier"]} == {
        QUORUM
    }


def test_one_instance_at_a_time_hears_events_and_all_answer(applied: Applied) -> None:
    arguments = {
        queue.name: dict(queue.arguments)
        for queue in topology_of_register(
            parse_register(compile_register_in_force(applied)), clustered=True
        ).queues
    }

    assert arguments["in.dossier.events"]["x-single-active-consumer"] is True
    assert "x-single-active-consumer" not in arguments["in.dossier.rpc.portal"]


def test_a_provider_with_several_queues_of_events_is_revoked_as_any_other(
    tmp_path: Path, file: dict[str, Any], applied: Applied
) -> None:
    read(tmp_path, {**file, "event_queues": {"enrolment_ens": 2}})
    town = Applied(applied.instance)
    town.set_provider_state("ens", REVOKED)

    assert "enrolment_ens" not in {
        row["name"] for row in compile_register_in_force(town)["principals"]
    }


@pytest.mark.parametrize("name", ["enrolment_none", "billing"])
def test_queues_of_who_is_no_principal_or_hears_in_one_process_are_refused(
    tmp_path: Path, file: dict[str, Any], applied: Applied, name: str
) -> None:
    read(tmp_path, {**file, "event_queues": {name: 2}})

    with pytest.raises(EnginesRefused, match=name):
        compile_register_in_force(Applied(applied.instance))


def test_a_queue_that_somebody_made_by_hand_is_none_of_events() -> None:
    ours = {"in.billing.events", "in.enrolment_ens.events.2_of_4"}
    foreign = {"test", "", "in.billing", "in.billing.rpc.events", "in.a.b.events", "events"}

    assert set(filter(is_events_queue, ours | foreign)) == ours


def test_every_process_of_every_copy_finds_a_slot_though_a_node_is_down(applied: Applied) -> None:
    """Of three nodes' slots two thirds are left."""
    register = parse_register(compile_register_in_force(applied))
    asking = [process for process in wanted_processes(applied) if not process.name.endswith("stub")]
    for principal in register.principals:
        own = [p for p in asking if p.env.get("PREAU_PRINCIPAL") == principal.name]
        processes = sum(workers(list(map(str, p.argv))) for p in own)

        assert processes <= principal.reply_slots * 2 // 3


def workers(argv: list[str]) -> int:
    return int(argv[argv.index("--workers") + 1]) if "--workers" in argv else 1


def test_each_service_runs_as_two_and_what_plays_the_world_as_one(applied: Applied) -> None:
    names = {process.name for process in wanted_processes(applied)}

    for name in ("billing", "billing_worker", "portal_web", "portal_live", "desk_ens"):
        assert {name, f"{name}_2"} <= names
    assert {name for name in names if "stub" in name} == {"mail_stub", "payfip_stub"}
    assert "web_server" not in names  # the town's own


def test_no_two_processes_listen_on_one_port(tmp_path: Path, applied: Applied) -> None:
    bound = [
        argv[argv.index("--bind") + 1]
        for argv in (list(map(str, process.argv)) for process in wanted_processes(applied))
        if "--bind" in argv
    ]
    pages = pages_of_services(
        make_own_engines(Instance(tmp_path / "var", 9790), CLUSTER),
        applied.register_in_force() or {},
    )

    assert len(set(bound)) == len(bound) > 10
    assert not {f"127.0.0.1:{page.public_port}" for page in pages.values()} & set(bound)


def test_no_service_is_given_what_may_change_its_tables(applied: Applied) -> None:
    for process in wanted_processes(applied):
        assert "_owner" not in json.dumps(dict(process.env))
    assert "preau_dossier_owner" in databases_of_town(applied).owner_url("dossier")


def test_nginx_passes_each_address_on_to_all_copies_and_streams_unheld(applied: Applied) -> None:
    pages = pages_of_services(applied.engines_of_town, applied.register_in_force() or {})
    portal = pages[PORTAL]
    text = server_blocks(applied.engines_of_town, [portal])

    for port in (*portal.ports, *portal.stream_ports):
        assert f"server 127.0.0.1:{port} " in text
    assert "server_name familles.ville.example;" in text
    assert "location = /flux" in text and "proxy_buffering off" in text
    assert "ssl_certificate_key /etc/ssl/ville.key;" in text
    assert "return 301 https://" in text


def test_each_host_asks_and_serves_the_copy_that_it_runs(
    applied: Applied, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "prefecture")
    portal = pages_of_services(applied.engines_of_town, applied.register_in_force() or {})[PORTAL]
    assert copies_here(applied) == (1, 2)
    note_copy_of_host(applied, 2)
    monkeypatch.setattr(socket, "gethostname", lambda: "mairie")
    note_copy_of_host(applied, 1)

    assert copies_here(applied) == (1,)
    monkeypatch.setattr(socket, "gethostname", lambda: "prefecture")
    assert copies_here(applied) == (2,)
    here = portal.page_with_these_copies(copies_here(applied))
    assert (here.ports, here.stream_ports) == (portal.ports[1:], portal.stream_ports[1:])


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["up", "--detach"], "systemctl start preau.target"),
        (["down"], "systemctl stop preau.target"),
        (["restart", "portal_web_2"], "systemctl restart preau-portal-web-2.service"),
    ],
)
def test_where_systemd_runs_the_processes_its_own_command_is_named(
    applied: Applied, command: list[str], said: str
) -> None:
    done = CliRunner().invoke(preau, command)

    assert done.exit_code == 1
    assert said in done.output


def test_what_runs_only_in_part_is_said_and_what_is_down_is_said_once(
    applied: Applied, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = {
        "services": {
            "billing": {"ok": False, "instances": 1, "of": 2},
            "identity": {"ok": False, "instances": 0, "of": 2, "why": "Unavailable"},
        },
        "pages": {"portal_web_2": {"ok": False}, "desk_ens": {"ok": True}},
    }
    monkeypatch.setattr(hosts, "SYSTEMD_RUNS", tmp_path / "not there")
    unknown = {finding.what: finding.mend for finding in check_processes_answer(applied, state)}
    monkeypatch.setattr(hosts, "SYSTEMD_RUNS", tmp_path)
    monkeypatch.setattr(hosts, "SYSTEMCTL", systemctl(tmp_path, applied))
    known = {finding.what: finding.mend for finding in check_processes_answer(applied, state)}
    down = {finding.what: finding.mend for finding in check_processes(applied)}

    assert unknown == {
        "billing answers as 1 of 2.": "preau doctor  # on each other host",
        "identity runs and does not answer.": "systemctl restart preau-identity.service",
        "portal_web_2 runs and does not answer.": "systemctl restart preau-portal-web-2.service",
    }
    assert known == {
        "identity runs and does not answer.": "systemctl restart preau-identity.service"
    }
    assert down == {
        "billing_2 does not run.": "systemctl start preau-billing-2.service",
        "portal_web_2 ended 7 times, and is started again and again.": (
            "journalctl --no-pager --lines 30 --unit preau-portal-web-2.service"
        ),
    }


def systemctl(folder: Path, applied: Applied) -> str:
    """Write what says what systemd's own command says of units, as version 257 prints it."""
    others = {"preau-billing-2.service": "0 inactive dead", "preau-portal-web-2.service": AGAIN}
    said = [
        f"NRestarts={number}\nId={unit}\nActiveState={active}\nSubState={sub}\n"
        for unit in map(unit_name, (process.name for process in wanted_processes(applied)))
        for number, active, sub in [others.get(unit, "0 active running").split()]
    ]
    (folder / "said").write_text("\n".join(said), "utf-8")
    command = folder / "systemctl"
    command.write_text(f"#!/bin/sh\ncat {folder}/said\n", "utf-8")
    command.chmod(0o755)
    return str(command)
