"""
A town on hosts of its own, under systemd, as docs/cluster.md and the guide of the DSI say.

Not part of `make test`: `make host-test` runs it, as root, in minutes.
"""

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from deploy.demo.invented.account_holders import PASSWORD
from tests.hosts.machine import Machine, over, two_networks
from tests.hosts.town import (
    FRONT,
    HOME,
    ON_MACHINES,
    PLACES,
    PREAU,
    doctor,
    install_own,
    install_units,
    is_found_over_https,
    is_well,
    name_places,
    prepare,
    state_of,
)
from tests.kit.town import until

pytestmark = ON_MACHINES
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


def test_a_town_on_one_machine_comes_with_it_and_is_found_over_https(prefecture: Machine) -> None:
    install_own(prefecture, "postgresql", f"--backup-into {HOME}/copies")

    is_well(prefecture)
    is_found_over_https(prefecture)
    prefecture.run(f"{PREAU} demo", "preau")
    assert re.search("<h1[^>]*>Bon(jour|soir)", prefecture.run(SIGN_IN))
    prefecture.run("systemctl start preau-apply.service preau-backup.service")
    prefecture.off()
    prefecture.boot()

    is_well(prefecture)
    is_found_over_https(prefecture)
    restarts = prefecture.run("systemctl show --property=NRestarts --value 'preau-*.service'")
    assert set(restarts.split()) == {"0"}


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
        prepare(first)
        _start_engines(first)
        second.run("mkdir -p /etc/preau")
        for name in ("ville.pem", "cert.pem", "key.pem"):
            second.write(f"/etc/preau/{name}", first.read(f"/etc/preau/{name}"))
        for name in ("broker.env", "postgres.env"):
            second.write(f"/etc/preau/{name}", first.read(f"/etc/preau/{name}"), owner="preau")
        name_places(second)
        yield first, second


def test_two_hosts_share_a_town_and_one_goes_on_when_the_other_is_cut_off(
    hosts: tuple[Machine, Machine],
) -> None:
    first, second = hosts
    _install_copies(hosts)
    for machine in hosts:
        is_found_over_https(machine)
    trace = _one_click(second)
    assert "portal_web_2 portal page" in second.run(f"{PREAU} trace {trace}", "preau")

    second.cut_power()

    until(lambda: "billing answers as 1 of 2." in doctor(first), 60)
    assert "portal_web" not in doctor(first)
    is_found_over_https(first)

    second.boot()
    _are_well(*hosts)


def test_a_host_that_freezes_is_left_out_and_comes_back(hosts: tuple[Machine, Machine]) -> None:
    """Every second request goes to it until the broker misses its heartbeats: twice ten seconds."""
    first, second = hosts
    _install_copies(hosts)

    second.freeze()

    until(lambda: set(_answering(first)) == {1}, 60)
    is_found_over_https(first)
    second.thaw()
    _are_well(*hosts)


def test_what_does_not_run_is_named_with_systemds_command(hosts: tuple[Machine, Machine]) -> None:
    first, _ = hosts
    first.run(f"{PREAU} apply", "preau")
    install_units(first)
    is_well(first)

    first.run("systemctl stop preau-dossier.service preau-portal-web-2.service")

    said = doctor(first)
    assert "dossier does not run.\n    systemctl start preau-dossier.service\n" in said
    assert "portal_web_2 does not run." in said
    for mend in re.findall("^    (systemctl .+)$", said, re.M):
        first.run(mend)
    is_well(first)


def _start_engines(machine: Machine) -> None:
    machine.write("/etc/rabbitmq/rabbitmq.conf", RABBITMQ)
    machine.write("/etc/preau/postgresql.conf", POSTGRESQL)
    machine.run(START_ENGINES)
    machine.write(f"{HOME}/engines.yaml", ENGINES + FRONT, owner="preau")


def _one_click(machine: Machine) -> str:
    """Return the id of the last click on a page that a machine's journal has."""
    said = machine.run("journalctl --unit=preau-portal-web* --output=cat --grep=trace")
    return str(json.loads(said.splitlines()[-1])["trace"])


def _install_copies(hosts: tuple[Machine, Machine]) -> None:
    hosts[0].run(f"{PREAU} apply", "preau")
    for number, machine in enumerate(hosts, start=1):
        install_units(machine, f"--copy {number}")
    _are_well(*hosts)


def _answering(machine: Machine) -> list[int]:
    """Return of each service how many instances there are, 0 where it did not answer."""
    services = state_of(machine).get("services", {}).values()
    return [0 if "why" in each else each["instances"] for each in services]


def _are_well(*machines: Machine) -> None:
    for machine in machines:
        is_well(machine)
