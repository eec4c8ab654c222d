"""
A real nginx with Préau's file: old handshakes fail, one header says to come by https, and no
address is written down.
"""

import http.server
import os
import signal
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPSConnection
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from deploy.doctor.certificates import check_shown_by_front
from deploy.doctor.shown_certificates import shown_over_tls
from deploy.engines.town_engines import Front, make_own_engines
from deploy.instance.instance import LOOPBACK, Instance
from deploy.processes.nginx import NGINX, server_blocks
from deploy.processes.public_addresses import PORTAL, pages_of_services
from tests.journeys.bus import until
from tests.ports import PORT_BASE

PORT, BASE = PORT_BASE + 700, PORT_BASE + 710
LOG = "errors.log"
WHOLE = "daemon off; pid {0}/pid; error_log stderr; events {{}} http {{ {1} }}"
PATHS = "".join(
    f"{each}_temp_path {{0}}/{each}; "
    for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
)


class Page(http.server.BaseHTTPRequestHandler):
    """A page with the header that pages have."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Strict-Transport-Security", "max-age=1")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give the town's addresses over https, a page behind the portal's, and nginx's folder."""
    folder = tmp_path_factory.mktemp("nginx")
    write_certificate(folder)
    engines = make_own_engines(Instance(folder, BASE), front=front_of(folder))
    pages = pages_of_services(
        engines, {"providers": [{"code": "ens", "principal": "enrolment_ens"}]}
    )
    servers = server_blocks(engines, pages.values())
    file = folder / "nginx.conf"
    file.write_text(WHOLE.format(folder, PATHS.format(folder) + servers))
    with serving(pages[PORTAL].ports[0]), open(folder / LOG, "wb") as log:
        nginx = subprocess.Popen([NGINX, "-p", folder, "-c", file], stderr=log)
        try:
            until(lambda: answers(), seconds=30)
            yield folder
        finally:
            nginx.terminate()
            nginx.wait()


def front_of(folder: Path) -> Front:
    return Front(
        portal=f"https://localhost:{PORT}",
        front_desk=f"https://accueil.localhost:{PORT}",
        desks=f"https://{{code}}.localhost:{PORT}",
        certificate=f"{folder}/certificate.pem",
        key=f"{folder}/key.pem",
    )


@contextmanager
def serving(port: int) -> Iterator[None]:
    with http.server.ThreadingHTTPServer((LOOPBACK, port), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


def write_certificate(folder: Path, days: int = 1) -> None:
    key, day = rsa.generate_private_key(65537, 2048), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(day - timedelta(days=1))
        .not_valid_after(day + timedelta(days=days))
        .sign(key, SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    clear = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(clear)


def client(suites: str = "", newest: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    if newest is not None:
        context.maximum_version = newest
    if suites:
        context.set_ciphers(suites)
    return context


def asked(
    method: str, context: ssl.SSLContext, name: str = "localhost", path: str = "/"
) -> tuple[int, list[str]]:
    """Return the status of an answer, and each header that says to come by https."""
    connection = HTTPSConnection("localhost", PORT, context=context, timeout=10)
    try:
        connection.request(method, path, headers={"Host": f"{name}:{PORT}"})
        answer = connection.getresponse()
        return answer.status, answer.headers.get_all("Strict-Transport-Security") or []
    finally:
        connection.close()


def answers() -> bool:
    try:
        return bool(asked("GET", client()))
    except OSError:
        return False


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_browser_of_these_years_is_let_in(town: Path, newest: ssl.TLSVersion) -> None:
    assert asked("GET", client(newest=newest))[0] == 200


@pytest.mark.parametrize("suites", ["AES256-GCM-SHA384", "ECDHE-RSA-AES256-SHA384", "AES128-SHA"])
def test_a_handshake_without_forward_secrecy_or_authenticated_encryption_fails(
    town: Path, suites: str
) -> None:
    with pytest.raises(ssl.SSLError, match="HANDSHAKE_FAILURE"):
        asked("GET", client(f"{suites}:@SECLEVEL=0", ssl.TLSVersion.TLSv1_2))


def test_the_former_protocols_fail(town: Path) -> None:
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        asked("GET", client("ALL:@SECLEVEL=0", ssl.TLSVersion.TLSv1_1))


@pytest.mark.parametrize(
    ("name", "status"), [("localhost", 200), ("ens.localhost", 502)], ids=["page", "away"]
)
def test_one_header_says_to_come_by_https_for_two_years_to_all_names_beneath(
    town: Path, name: str, status: int
) -> None:
    assert asked("GET", client(), name) == (status, ["max-age=63072000; includeSubDomains"])


def test_no_address_is_written_down_even_while_the_page_behind_is_away(town: Path) -> None:
    assert asked("GET", client(), "ens.localhost", "/agenda/only-its-reader.ics")[0] == 502

    assert "only-its-reader" not in (town / LOG).read_text("utf-8")


def test_no_request_is_sent_back_as_it_came(town: Path) -> None:
    assert asked("TRACE", client())[0] == 405


def test_a_certificate_that_was_renewed_is_said_until_nginx_has_read_it(town: Path) -> None:
    """Families are shown the former one, and the file's own end says nothing of it."""
    moment = datetime.now(UTC)
    assert list(check_shown_by_front(front_of(town), [], moment)) == []

    write_certificate(town, days=90)
    [finding] = check_shown_by_front(front_of(town), [], moment)
    shows = f"localhost:{PORT} still shows a certificate that is over in"
    assert finding.what.startswith(shows)
    assert finding.mend == "nginx -t && systemctl reload nginx"

    os.kill(int((town / "pid").read_text()), signal.SIGHUP)
    until(lambda: not list(check_shown_by_front(front_of(town), [], moment)), seconds=30)
    assert asked("GET", client())[0] == 200


def test_what_a_load_balancer_shows_for_the_town_is_said_before_it_is_over(town: Path) -> None:
    balanced = replace(front_of(town), certificate="", key="")
    shown = shown_over_tls("localhost", PORT)
    assert shown is not None

    [finding] = check_shown_by_front(balanced, [], shown.end - timedelta(days=2))

    assert finding.what == f"localhost:{PORT} shows a certificate that is over in 2 days."
    assert "load balancer" in finding.mend and "nginx" not in finding.mend
