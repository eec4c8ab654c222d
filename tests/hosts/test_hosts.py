"""
A town on hosts of its own, under systemd, as docs/cluster.md and the guide of the DSI say.

Not part of `make test`: `make host-test` runs it, as root, in minutes.
"""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from deploy.demo.invented.people import PASSWORD
from tests.hosts.machine import Machine, install, over, two_networks
from tests.kit.town import until

pytestmark = [
    pytest.mark.timeout(1800),
    pytest.mark.skipif(
        os.geteuid() != 0 or not shutil.which("systemd-nspawn"),
        reason="needs root, debootstrap and systemd-nspawn: `make host-test`",
    ),
]
HOME = "/var/lib/preau"
PREAU = f"PREAU_HOME={HOME} .venv/bin/preau"
PLACES = ("10.77.0.1", "10.77.0.2")
ADDRESSES = ("familles", "accueil", "ens.guichets", "agg.guichets")
FRONT = """\
front:
  portal: https://familles.ville.example
  front_desk: https://accueil.ville.example
  desks: https://{code}.guichets.ville.example
  certificate: /etc/preau/cert.pem
  key: /etc/preau/key.pem
"""
ENGINES = """\
broker:
  nodes:
    - {amqp: "engines.ville.example:5671", management: "https://engines.ville.example:15671"}
  virtual_host: preau
  tls: true
  authority: /etc/preau/ville.pem
  administrator: /etc/preau/broker.env
database:
  place: engines.ville.example:5432
  tls: true
  authority: /etc/preau/ville.pem
  administrator: /etc/preau/postgres.env
copies: 2
"""
CERTIFICATES = """\
mkdir -p /etc/preau && cd /etc/preau
curve="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
openssl req -x509 $curve -days 30 -keyout ca.key -out ville.pem -subj /CN=Ville \
    -addext keyUsage=critical,keyCertSign
openssl req $curve -keyout key.pem -out request.pem -subj /CN=prefecture
cat > extensions <<'END'
authorityKeyIdentifier=keyid
subjectAltName=DNS:*.ville.example,DNS:*.guichets.ville.example
END
openssl x509 -req -in request.pem -CA ville.pem -CAkey ca.key -CAcreateserial -days 30 \
    -extfile extensions -out cert.pem
chmod 644 ville.pem cert.pem
"""
RABBITMQ = """\
listeners.tcp = none
listeners.ssl.1 = 0.0.0.0:5671
ssl_options.cacertfile = /etc/preau/ville.pem
ssl_options.certfile = /etc/preau/cert.pem
ssl_options.keyfile = /etc/rabbitmq/key.pem
management.ssl.port = 15671
management.ssl.cacertfile = /etc/preau/ville.pem
management.ssl.certfile = /etc/preau/cert.pem
management.ssl.keyfile = /etc/rabbitmq/key.pem
"""
POSTGRESQL = """\
listen_addresses = '*'
ssl = on
ssl_cert_file = '/etc/preau/cert.pem'
ssl_key_file = '/var/lib/postgresql/key.pem'
max_connections = 600
"""
START_ENGINES = """\
install -o rabbitmq -m 600 /etc/preau/key.pem /etc/rabbitmq/key.pem
install -o postgres -m 600 /etc/preau/key.pem /var/lib/postgresql/key.pem
echo '[rabbitmq_management].' > /etc/rabbitmq/enabled_plugins
echo 'hostssl all all 10.77.0.0/24 scram-sha-256' >> /etc/postgresql/*/main/pg_hba.conf
cp /etc/preau/postgresql.conf /etc/postgresql/*/main/conf.d
systemctl enable --now rabbitmq-server postgresql
rabbitmqctl --quiet add_user dsi broker-password
rabbitmqctl --quiet set_user_tags dsi administrator
runuser -u postgres -- psql --quiet --command \
    "CREATE ROLE dsi LOGIN CREATEDB CREATEROLE PASSWORD 'database-password'"
printf 'ADMIN_USER=dsi\\nADMIN_PASSWORD=broker-password\\n' > /etc/preau/broker.env
printf 'ADMIN_USER=dsi\\nADMIN_PASSWORD=database-password\\n' > /etc/preau/postgres.env
chown preau /etc/preau/*.env && chmod 600 /etc/preau/*.env
"""
SIGN_IN = f"""\
page=https://familles.ville.example/connexion
ask="curl -sS --location --cacert /etc/preau/ville.pem --cookie jar --cookie-jar jar"
cd "$(mktemp -d)"
token=$($ask $page | sed -n 's/.*name="csrf_token" value="\\([^"]*\\)".*/\\1/p' | head -n 1)
$ask --referer $page --data-urlencode "csrf_token=$token" \
    --data-urlencode login=claire.lefevre@example.org --data-urlencode password={PASSWORD} $page
"""
INSTALL_UNITS = """\
cp /tmp/systemd/* /etc/systemd/system/ && cp /tmp/preau.conf /etc/nginx/conf.d/
systemctl daemon-reload && systemctl enable --now preau.target
nginx -t && systemctl enable --now nginx && systemctl reload nginx
"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Give a folder on the disk for what machines write."""
    path = Path(tempfile.mkdtemp(prefix="preau-hosts-", dir="/var/tmp"))
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def debian(folder: Path) -> Path:
    """Give a tree of Debian with this project and what it needs, and nothing that runs."""
    return install(folder)


@pytest.fixture
def prefecture(debian: Path, folder: Path) -> Iterator[Machine]:
    """Give one machine on a network of nobody else's."""
    with over(debian, folder / "prefecture") as tree:
        machine = Machine(tree, "prefecture", "--private-network")
        machine.boot()
        try:
            _prepare(machine)
            yield machine
        finally:
            machine.off()


def test_a_town_on_one_machine_comes_with_it_and_is_found_over_https(prefecture: Machine) -> None:
    prefecture.write(f"{HOME}/engines.yaml", "own: postgresql\n" + FRONT, owner="preau")
    prefecture.run(f"{PREAU} up --detach", "preau")
    _write_units(prefecture, f"--backup-into {HOME}/copies")
    prefecture.run(f"{PREAU} down", "preau")
    prefecture.run(INSTALL_UNITS)

    _is_well(prefecture)
    _is_found_over_https(prefecture)
    prefecture.run(f"{PREAU} demo", "preau")
    assert re.search("<h1[^>]*>Bon(jour|soir)", prefecture.run(SIGN_IN))
    prefecture.run("systemctl start preau-apply.service preau-backup.service")
    prefecture.off()
    prefecture.boot()

    _is_well(prefecture)
    _is_found_over_https(prefecture)
    assert prefecture.run("systemctl show --property=NRestarts --value preau-town").strip() == "0"


@pytest.fixture
def hosts(debian: Path, folder: Path) -> Iterator[tuple[Machine, Machine]]:
    """Give two machines side by side that share the town's home; the first has the engines."""
    with ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory(dir=folder))
        shared = f"--bind={home}:{HOME}"
        networks = stack.enter_context(two_networks("preau-host-a", "preau-host-b", *PLACES))
        found = []
        for name, network in zip(("prefecture", "mairie"), networks, strict=True):
            tree = stack.enter_context(over(debian, folder / name))
            found.append(Machine(tree, name, network, shared))
        for machine in found:
            machine.boot()
            stack.callback(machine.off)
        first, second = found
        _prepare(first)
        _start_engines(first)
        second.run("mkdir -p /etc/preau")
        for name in ("ville.pem", "cert.pem", "key.pem"):
            second.write(f"/etc/preau/{name}", first.read(f"/etc/preau/{name}"))
        for name in ("broker.env", "postgres.env"):
            second.write(f"/etc/preau/{name}", first.read(f"/etc/preau/{name}"), owner="preau")
        _name_places(second)
        yield first, second


def test_two_hosts_share_a_town_and_one_goes_on_when_the_other_is_cut_off(
    hosts: tuple[Machine, Machine],
) -> None:
    first, second = hosts
    _install_copies(hosts)
    for machine in hosts:
        _is_found_over_https(machine)
    trace = _one_click(second)
    assert "portal_web_2 portal page" in second.run(f"{PREAU} trace {trace}", "preau")

    second.cut_power()

    until(lambda: "billing answers as 1 of 2." in _doctor(first), 60)
    assert "portal_web" not in _doctor(first)
    _is_found_over_https(first)

    second.boot()
    _are_well(*hosts)


def test_a_host_that_freezes_is_left_out_and_comes_back(hosts: tuple[Machine, Machine]) -> None:
    """Every second request goes to it until the broker misses its heartbeats: twice ten seconds."""
    first, second = hosts
    _install_copies(hosts)

    second.freeze()

    until(lambda: set(_answering(first)) == {1}, 60)
    _is_found_over_https(first)
    second.thaw()
    _are_well(*hosts)


def test_what_does_not_run_is_named_with_systemds_command(hosts: tuple[Machine, Machine]) -> None:
    first, _ = hosts
    first.run(f"{PREAU} apply", "preau")
    _install_units(first)
    _is_well(first)

    first.run("systemctl stop preau-dossier.service preau-portal-web-2.service")

    said = _doctor(first)
    assert "dossier does not run.\n    systemctl start preau-dossier.service\n" in said
    assert "portal_web_2 does not run." in said
    for mend in re.findall("^    (systemctl .+)$", said, re.M):
        first.run(mend)
    _is_well(first)


def _prepare(machine: Machine) -> None:
    machine.run(CERTIFICATES)
    machine.run(f"install -d -o preau -g preau -m 700 {HOME}")
    _name_places(machine)


def _name_places(machine: Machine) -> None:
    names = " ".join(f"{name}.ville.example" for name in ADDRESSES)
    machine.run(f"echo 127.0.0.1 {names} >> /etc/hosts")
    machine.run(f"echo {PLACES[0]} engines.ville.example >> /etc/hosts")
    machine.run("usermod --append --groups systemd-journal preau")


def _start_engines(machine: Machine) -> None:
    machine.write("/etc/rabbitmq/rabbitmq.conf", RABBITMQ)
    machine.write("/etc/preau/postgresql.conf", POSTGRESQL)
    machine.run(START_ENGINES)
    machine.write(f"{HOME}/engines.yaml", ENGINES + FRONT, owner="preau")


def _one_click(machine: Machine) -> str:
    """Return the id of the last click on a page that a machine's journal has."""
    said = machine.run("journalctl --unit=preau-portal-web* --output=cat --grep=trace")
    return str(json.loads(said.splitlines()[-1])["trace"])


def _doctor(machine: Machine) -> str:
    return machine.run(f"{PREAU} doctor 2>&1 || true", "preau")


def _write_units(machine: Machine, options: str) -> None:
    machine.run(f"{PREAU} units /tmp/systemd --nginx /tmp/preau.conf {options}", "preau")


def _install_units(machine: Machine, options: str = "") -> None:
    _write_units(machine, options)
    machine.run(INSTALL_UNITS)


def _install_copies(hosts: tuple[Machine, Machine]) -> None:
    hosts[0].run(f"{PREAU} apply", "preau")
    for number, machine in enumerate(hosts, start=1):
        _install_units(machine, f"--copy {number}")
    _are_well(*hosts)


def _answering(machine: Machine) -> list[int]:
    """Return of each service how many instances there are, 0 where it did not answer."""
    services = _state(machine).get("services", {}).values()
    return [0 if "why" in each else each["instances"] for each in services]


def _state(machine: Machine) -> dict[str, Any]:
    said = machine.run(f"{PREAU} status --json || true", "preau")
    return dict(json.loads(said)) if said.startswith("{") else {}


def _are_well(*machines: Machine) -> None:
    for machine in machines:
        _is_well(machine)


def _is_well(machine: Machine) -> None:
    with suppress(AssertionError):  # what the doctor says then tells more
        until(lambda: _state(machine).get("ready"), 120)
    assert _doctor(machine) == "nothing is wrong\n"
    assert machine.run("systemctl --failed --no-legend --plain") == ""


def _is_found_over_https(machine: Machine) -> None:
    for name in ADDRESSES:
        asked = f"curl -sS --location --cacert /etc/preau/ville.pem https://{name}.ville.example/"
        assert "Se connecter" in machine.run(asked)
