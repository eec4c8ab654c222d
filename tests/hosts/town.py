"""A town on machines under systemd, installed as docs/cluster.md and the guide of the DSI say."""

import json
import os
import shutil
from contextlib import suppress
from typing import Any

import pytest

from tests.hosts.machine import Machine
from tests.kit.town import until

ON_MACHINES = [
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
INSTALL_UNITS = f"""\
{PREAU} units --nginx /etc/nginx/conf.d/preau.conf {{options}}
nginx -t && systemctl enable --now nginx && systemctl reload nginx
"""


def prepare(machine: Machine) -> None:
    machine.run(CERTIFICATES)
    machine.run(f"install -d -o preau -g preau -m 700 {HOME}")
    name_places(machine)


def name_places(machine: Machine) -> None:
    names = " ".join(f"{name}.ville.example" for name in ADDRESSES)
    machine.run(f"echo 127.0.0.1 {names} >> /etc/hosts")
    machine.run(f"echo {PLACES[0]} engines.ville.example >> /etc/hosts")
    machine.run("usermod --append --groups systemd-journal preau")


def doctor(machine: Machine) -> str:
    return machine.run(f"{PREAU} doctor 2>&1 || true", "preau")


def install_units(machine: Machine, options: str = "") -> None:
    machine.run(INSTALL_UNITS.format(options=options))


def install_own(machine: Machine, kind: str, options: str = "") -> None:
    """Let a machine be a town on engines of Préau's own, as the guide of the DSI says."""
    machine.write(f"{HOME}/engines.yaml", f"own: {kind}\n{FRONT}", owner="preau")
    machine.run(f"{PREAU} up --detach && {PREAU} down", "preau")
    install_units(machine, options)


def state_of(machine: Machine) -> dict[str, Any]:
    said = machine.run(f"{PREAU} status --json || true", "preau")
    return dict(json.loads(said)) if said.startswith("{") else {}


def is_well(machine: Machine) -> None:
    with suppress(AssertionError):  # what the doctor says then tells more
        until(lambda: state_of(machine).get("ready"), 120)
    assert doctor(machine) == "nothing is wrong\n"
    assert machine.run("systemctl --failed --no-legend --plain") == ""


def is_found_over_https(machine: Machine) -> None:
    for name in ADDRESSES:
        asked = f"curl -sS --location --cacert /etc/preau/ville.pem https://{name}.ville.example/"
        assert "Se connecter" in machine.run(asked)
