"""A push service is whoever a browser names: it holds up nothing, however it answers."""

import socket
import subprocess
import sys
import threading
import time
from base64 import b64decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from deploy.instance.secrets import new_push_key
from services.portal_gateway.alerts.client.encryption import public_bytes
from services.portal_gateway.alerts.client.vapid import TownKey
from services.portal_gateway.alerts.client.web_push import Browser, Message, PushServices
from shared.runtime.outside.connections_bounded_in_time import HTTPInTime
from tests.factories.endless_answers import PATIENCE, answering, until_cut
from tests.factories.self_signed import self_signed

GREEN = """
import eventlet
eventlet.monkey_patch()
import sys
from shared.runtime.outside.connections_bounded_in_time import HTTPSInTime
pool = HTTPSInTime("127.0.0.1", int(sys.argv[1]), timeout=float(sys.argv[2]), cert_reqs="CERT_NONE")
print(pool.urlopen("GET", "/", retries=False, preload_content=False).status)
"""
MESSAGE = Message("tag", "Enseignement", "Annulé : mardi.", "/nouvelles", "fr")


@pytest.mark.parametrize(
    ("head", "drip", "state"),
    [
        (b"HTTP/1.1 2", b"0", "waiting"),
        (b"HTTP/1.1 201 Created\r\n", b"X: y\r\n", "sent"),
        (b"HTTP/1.1 201 Created\r\nContent-Length: 1000000\r\n\r\n", b"a", "sent"),
        (b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n", "sent"),
        (b"HTTP/1.1 410 Gone\r\n\r\n", b"a", "gone"),
    ],
)
def test_an_answer_without_end_is_waited_for_no_longer_than_any_other(
    head: bytes, drip: bytes, state: str
) -> None:
    own = ec.generate_private_key(ec.SECP256R1()).public_key()
    key = TownKey(_pem(), "https://familles.example.org")
    with answering(head, drip) as origin:
        services = PushServices(key, origin, PATIENCE)
        begun = time.monotonic()

        outcome = services.send_message(
            Browser(f"{origin}/a", public_bytes(own), b"a" * 16), MESSAGE, True
        )

        assert time.monotonic() - begun < 10 * PATIENCE
        assert outcome.state == state


def test_an_answer_counts_though_its_server_goes_on_at_the_very_moment_of_the_cut() -> None:
    for _ in range(5):
        with socket.create_server(("127.0.0.1", 0)) as server:
            thread = threading.Thread(target=until_cut, args=(_answer_on, server), daemon=True)
            thread.start()
            pool = HTTPInTime("127.0.0.1", server.getsockname()[1], timeout=PATIENCE)

            answer = pool.urlopen("POST", "/", body=b"x", retries=False, preload_content=False)

            assert answer.status == 201
            answer.close()
            thread.join(5)


def test_an_answer_over_tls_is_cut_off_too_where_greenlets_read_it(tmp_path: Path) -> None:
    with answering(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", self_signed(tmp_path)) as origin:
        port = origin.rpartition(":")[2]
        run = [sys.executable, "-W", "ignore", "-c", GREEN, port, str(PATIENCE)]

        done = subprocess.run(run, capture_output=True, text=True, timeout=60)

    assert done.stdout == "200\n", done.stderr


def _answer_on(server: socket.socket) -> None:
    """Say a status and one line; and more as soon as the other end says that it has ended."""
    connected, _ = server.accept()
    with connected:
        connected.recv(65536)
        connected.sendall(b"HTTP/1.1 201 Created\r\n")
        time.sleep(PATIENCE / 2)  # the timeout of one sign begins anew, that of the head does not
        connected.sendall(b"X: y\r\n")
        while connected.recv(65536):
            pass
        connected.sendall(b"X: y\r\n" * 50)


def _pem() -> str:
    return b64decode(new_push_key()).decode()
