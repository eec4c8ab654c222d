"""Doors of a running town: who sends slowly, who tries to sign in, and who may reach the broker."""

import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from deploy.engines.rabbitmq_node import BrokerNode
from deploy.instance.instance import LOOPBACK
from tests.journeys.bus import until
from tests.journeys.town import DemoTown
from tests.ports import PORT_BASE

HALF_SENT = 60
pytestmark = pytest.mark.timeout(300)
EPMD_PORT = PORT_BASE + 690

HEADERS = "POST /connexion HTTP/1.1\r\nHost: {host}\r\nContent-Type: text/plain\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(HEADERS, id="headers"),
        pytest.param(HEADERS + "Content-Length: 1000\r\n\r\nhalf", id="body"),
    ],
)
def test_sixty_requests_that_stop_halfway_leave_a_desk_without_nginx_to_its_agents(
    small_town: DemoTown, sent: str
) -> None:
    place = urlsplit(small_town.desk("ens")).netloc
    host, _, port = place.partition(":")

    with ExitStack() as held:
        for _ in range(HALF_SENT):
            sender = held.enter_context(socket.create_connection((host, int(port))))
            sender.sendall(sent.format(host=place).encode())

        page = until(lambda: _page(f"http://{place}/connexion"), seconds=180)

    assert "Se connecter" in page


def _page(url: str) -> str | None:
    try:
        return requests.get(url, timeout=90).text
    except requests.RequestException:
        return None


def test_an_operator_follows_a_login_and_an_address_through_the_logs(small_town: DemoTown) -> None:
    browser, page = requests.Session(), f"{small_town.portal}/connexion"
    [token] = re.findall(r'name="csrf_token" value="([^"]+)"', browser.get(page, timeout=30).text)[
        :1
    ]
    form = {"csrf_token": token, "login": "Someone@example.org", "password": "a wrong one"}
    browser.post(page, form, headers={"X-Forwarded-For": "2001:db8:7::1"}, timeout=30)

    for arguments in (("--login", "someone@example.org"), ("--address", "2001:db8:7::2")):
        [line] = small_town.preau("sign-ins", *arguments).stdout.splitlines()
        assert "portal_web portal sign_in" in line
        assert "outcome=wrong_credentials" in line
        assert "example.org" not in line and "2001:db8" not in line
    nobody = small_town.preau("sign-ins", "--login", "nobody.else@example.org").stdout
    assert nobody.startswith("no log has") and '"enrolment_ens"' in nobody


def test_a_login_or_an_address_is_followed_and_not_both(small_town: DemoTown) -> None:
    for arguments in ((), ("--login", "a", "--address", "192.0.2.1")):
        assert small_town.preau("sign-ins", *arguments, ok=False).returncode == 2


@pytest.fixture
def epmd(small_town: DemoTown) -> Iterator[int]:
    """Give the port of an epmd that is started as the private broker starts one."""
    environment = BrokerNode(small_town.instance)._environment()
    port = {"ERL_EPMD_PORT": str(EPMD_PORT)}
    process = subprocess.Popen(["epmd"], env={**environment, **port}, cwd=small_town.instance.home)
    yield EPMD_PORT
    process.terminate()
    process.wait(10)


def test_the_names_of_a_private_broker_s_nodes_are_told_on_this_machine_alone(epmd: int) -> None:
    until(lambda: LOOPBACK in _listening_at(epmd))

    assert {"0.0.0.0", "::"}.isdisjoint(_listening_at(epmd))


def test_all_that_a_private_town_listens_on_is_on_loopback(small_town: DemoTown) -> None:
    base = small_town.instance.port_base
    found = {place for port in range(base, base + 120) for place in _listening_at(port)}

    assert found == {LOOPBACK}


def _listening_at(port: int) -> set[str]:
    """Return the addresses at which this machine listens on a port."""
    found = set()
    for file, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        for line in Path(f"/proc/net/{file}").read_text("ascii").splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            address, _, number = local.partition(":")
            if state == "0A" and int(number, 16) == port:
                words = [
                    bytes.fromhex(address[at : at + 8])[::-1] for at in range(0, len(address), 8)
                ]
                found.add(socket.inet_ntop(family, b"".join(words)))
    return found
