"""Servers whose answer never comes to an end."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 0.4
"""Seconds that a client under test waits for one sign of its server."""


@contextmanager
def answering(head: bytes, drip: bytes, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Give a server that says `head`, and then `drip` again and again; its address."""
    ended = threading.Event()

    def answer(server: socket.socket) -> None:
        connected, _ = server.accept()
        with tls.wrap_socket(connected, server_side=True) if tls else connected as connected:
            connected.recv(65536)
            connected.sendall(head)
            while not ended.wait(0.05):
                connected.sendall(drip)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=until_cut, args=(answer, server), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        ended.set()
        thread.join(5)


def until_cut(answer: object, server: socket.socket) -> None:
    """Answer on a server; the other end may cut the connection off."""
    try:
        answer(server)  # type: ignore[operator]
    except OSError:
        return
