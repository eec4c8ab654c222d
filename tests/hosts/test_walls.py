"""
Walls of the host: whoever takes over one process of a town reads nothing of another one's.

Every user of the town reads all that the machine lets it read, and is looked through for each
secret of everybody else.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.engines.town_engines import FILES, POSTGRESQL
from tests.factories.town_files import MUSIC
from tests.hosts.machine import Machine, over
from tests.hosts.town import HOME, ON_MACHINES, PREAU, install_own, is_well, prepare

pytestmark = ON_MACHINES

SECRETS = f"""\
import glob, json, os, re
found = {{}}
for path in glob.glob("{HOME}/secrets/*.env"):
    owner = os.path.basename(path).removesuffix(".env")
    for line in open(path, encoding="utf-8"):
        key, _, value = line.rstrip("\\n").partition("=")
        for part in re.findall("//[^:/@]+:([^@]+)@", value) or [value]:
            if "sqlite:" not in part and len(part) > 15 and "VERIFY" not in key:
                found.setdefault(part, []).append(owner)
found.setdefault(open("{HOME}/broker/.erlang.cookie").read(), []).append("broker cookie")
found.setdefault(open("/etc/preau/key.pem").read().splitlines()[1], []).append("certificate")
print(json.dumps({{part: owners[0] for part, owners in found.items() if len(owners) == 1}}))
"""
"""Prints each secret of the town, and whose it is; what several hold is public."""

READ_ALL = """\
import json, os, sys
typed = json.load(sys.stdin)
secrets = {part.encode(): owner for part, owner in typed["secrets"].items()}
met, files = {}, 0
def look(path):
    global files
    try:
        with open(path, "rb") as file:
            content = file.read(1 << 26)
    except OSError:
        return
    files += 1
    for part, owner in secrets.items():
        if part in content:
            met.setdefault(owner, []).append(path)
for top in ("/dev/shm", "/etc", "/home", "/opt", "/root", "/run", "/srv", "/tmp", "/var"):
    for folder, _, names in os.walk(top):
        if "/site-packages/" not in folder:
            for name in names:
                if os.path.isfile(os.path.join(folder, name)):
                    look(os.path.join(folder, name))
for path in typed["paths"]:  # of folders that this user cannot list, but whose names it may know
    look(path)
for pid in filter(str.isdecimal, os.listdir("/proc")):
    for name in ("cmdline", "environ", "maps", "status"):
        look(f"/proc/{pid}/{name}")
    try:
        for handle in os.listdir(f"/proc/{pid}/fd"):
            path = f"/proc/{pid}/fd/{handle}"
            if int(pid) != os.getpid() and os.path.isfile(path):
                look(path)
    except OSError:
        pass
print(json.dumps({"met": met, "files": files}))
"""
"""Reads whatever there is, and prints whose secrets it met, and where."""

PLACES = f"find {HOME} /run/preau /etc/preau /var/log/journal /run/log -type f"
READABLE = "xargs -d '\\n' sh -c 'for each; do test ! -r $each || echo $each; done' sh"
CALLS = """\
import os, socket
reached = []
for top in ("/run", "/var", "/tmp"):
    for folder, _, names in os.walk(top):
        for name in names:
            path = os.path.join(folder, name)
            for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
                try:
                    socket.socket(socket.AF_UNIX, kind).connect(path)
                except OSError:
                    continue
                reached.append(path)
print("\\n".join(reached))
"""
"""Prints each socket that lets its caller in."""

EVERYBODYS = {
    *(f"{HOME}/{name}" for name in (".preau", "engines.yaml")),
    *(f"{HOME}/public/{name}.json" for name in ("desks", "register", "streets")),
    *(f"/etc/preau/{name}" for name in ("cert.pem", "extensions", "request.pem", "ville.pem")),
    f"{HOME}/town.yaml",
    "/etc/preau/ville.srl",
}
MACHINES_OWN = re.compile("/run/(dbus|systemd|udev)/")


@pytest.fixture(scope="module", params=[FILES, POSTGRESQL])
def town(request: pytest.FixtureRequest, debian: Path, folder: Path) -> Iterator[Machine]:
    """Give a machine with a town that runs under systemd, engines and all."""
    with over(debian, folder / f"walls-{request.param}") as tree:
        machine = Machine(tree, "prefecture", "--private-network")
        machine.boot()
        try:
            prepare(machine)
            install_own(machine, request.param)
            is_well(machine)
            yield machine
        finally:
            machine.off()


def users_of(town: Machine) -> dict[str, set[str]]:
    """Return of each user of the town whose secrets its units are given."""
    written = town.run("cat /etc/systemd/system/preau-*.service")
    users: dict[str, set[str]] = {}
    for unit in written.split("[Unit]")[1:]:
        [user] = re.findall("^User=(.*)$", unit, re.M)
        given = re.findall(r"^LoadCredential=secrets:.*/([a-z0-9_]+)\.env$", unit, re.M)
        users.setdefault(user, set()).update(given)
    del users["preau"]
    return users


def python_as(town: Machine, user: str, script: str, typed: str = "") -> str:
    """Return what a script prints that a user of the machine runs, as this user may."""
    town.write("/tmp/script.py", script)
    town.run("chmod 644 /tmp/script.py")
    try:
        return town.run("python3 /tmp/script.py", user, typed=typed)
    finally:
        town.run("rm /tmp/script.py")


def test_each_user_reads_all_that_there_is_and_meets_no_secret_of_anothers(town: Machine) -> None:
    secrets = json.loads(town.run(f"python3 - <<'END'\n{SECRETS}END"))
    known = json.dumps({"secrets": secrets, "paths": town.run(PLACES).splitlines()})
    whose = set(secrets.values())
    users = users_of(town)
    assert {"identity_signer", "identity", "dossier", "enrolment_ens", "ops"} <= whose
    assert {"preau-dossier", "preau-enrolment-agg", "preau-broker"} <= users.keys()

    # Root meets them all: what is looked for can be found.
    assert whose <= json.loads(python_as(town, "root", READ_ALL, known))["met"].keys()
    for user, given in users.items():
        said = json.loads(python_as(town, user, READ_ALL, known))
        own = given | ({"broker cookie", "broker_admin"} if user == "preau-broker" else set())
        foreign = {name: paths for name, paths in said["met"].items() if name not in own}
        assert foreign == {}, user
        assert given & whose <= said["met"].keys()


def test_no_user_reads_a_file_of_the_towns_that_is_not_its_own(town: Machine) -> None:
    owners = dict(
        line.split("\t")[::-1] for line in town.run(f"{PLACES} -printf '%u\\t%p\\n'").splitlines()
    )
    listed = "".join(f"{path}\n" for path in owners)
    for user, given in users_of(town).items():
        mine = tuple(f"{HOME}/data/{name}/" for name in given)  # made by the operator for it
        read = set(town.run(READABLE, user, typed=listed).splitlines())

        foreign = {path for path in read - EVERYBODYS if owners[path] != user}
        assert {path for path in foreign if not path.startswith(mine)} == set(), user
        assert f"{HOME}/public/register.json" in read


def test_nobody_of_the_town_reads_the_journal(town: Machine) -> None:
    for user in users_of(town):
        assert town.run("journalctl --quiet --lines 1 2>/dev/null || true", user) == ""


def test_nobody_of_the_town_is_let_in_at_anothers_socket(town: Machine) -> None:
    """Identity's own processes reach the signer: they alone are in its group, their user is not."""
    assert "/run/preau/identity_signer/socket" in python_as(town, "root", CALLS)
    for user in users_of(town):
        reached = python_as(town, user, CALLS).splitlines()
        own = {path for path in reached if town.run(f"stat -c %U {path}").strip() == user}
        foreign = {path for path in reached if not MACHINES_OWN.match(path)} - own
        assert foreign == set(), user


def test_the_operator_counts_what_everybody_does(town: Machine) -> None:
    page = town.run("curl -sS http://127.0.0.1:8605/metrics")

    assert re.search(r'^preau_answers_total\{.*principal="dossier".*\} [1-9]', page, re.M)
    assert re.search(r'^preau_service_up\{principal="identity"\} 1', page, re.M)


def test_a_desk_sees_no_process_but_its_own(town: Machine) -> None:
    def pid(unit: str) -> str:
        return town.run(f"systemctl show --property=MainPID --value {unit}").strip()

    within = f"nsenter --target {pid('preau-desk-ens')} --mount setpriv --reuid preau-enrolment-ens"
    shown = town.run(f"{within} --clear-groups --regid preau-enrolment-ens ls /proc").split()

    assert pid("preau-desk-ens") in shown
    assert not {pid("preau-identity"), pid("preau-identity-signer"), pid("preau-broker")} & {*shown}


def test_a_provider_comes_with_a_user_and_goes_with_it(town: Machine) -> None:
    town.write("/tmp/music.yaml", MUSIC)
    town.run("chmod 644 /tmp/music.yaml")

    town.run(f"{PREAU} provider add /tmp/music.yaml")

    is_well(town)
    assert town.run("systemctl show --property=User --value preau-desk-mus").strip() == (
        "preau-enrolment-mus"
    )
    assert "preau-enrolment-mus" in town.run("id preau")

    town.run(f"{PREAU} provider revoke mus --at-once")

    assert town.run("id preau-enrolment-mus", check=False) == ""
    assert town.run("systemctl list-unit-files '*mus*' --no-legend", check=False) == ""
    left = town.run(f"find {HOME} -nouser -o -nogroup")
    assert left == ""
    is_well(town)
