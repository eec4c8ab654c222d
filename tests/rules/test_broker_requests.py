"""Requests to the broker: a node that is silent or drops the connection is said, or asked again."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from deploy.engines.broker_reconciliation import Broker
from deploy.engines.management_interface import BrokerUnreachable, ManagementInterface


def test_a_broker_that_cannot_be_reached_is_said_in_one_sentence_with_the_reason() -> None:
    broker = Broker("http://127.0.0.1:9", "dsi", "secret", "/")

    with pytest.raises(BrokerUnreachable) as said:
        broker.has_virtual_host()

    assert str(said.value).startswith("The broker at http://127.0.0.1:9: ")
    assert "refused" in str(said.value) and "/api/" not in str(said.value)
    assert not broker.is_answering()


def test_a_node_that_takes_a_request_and_is_silent_is_said_and_the_next_is_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("deploy.engines.management_interface.TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        broker = Broker(url, "dsi", "secret", "/", ["http://127.0.0.1:9"])

        with pytest.raises(BrokerUnreachable, match=f"^The broker at {url}: .*timed out"):
            broker.has_virtual_host()
        assert not broker.is_answering()


@contextmanager
def dropping_server(drops: int) -> Iterator[tuple[str, list[str]]]:
    """Give the address of a server that drops so many connections first, and what it was asked."""
    asked: list[str] = []

    def answer(server: socket.socket) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:  # closed
                return
            with connection:
                asked.append(connection.recv(65536).decode("ascii").split("\r\n")[0])
                if len(asked) > drops:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer, args=(server,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}", asked
        finally:  # or a failed test keeps the whole run from its end
            server.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def test_what_is_read_of_the_broker_is_read_again_where_it_drops_the_connection() -> None:
    with dropping_server(2) as (url, asked):
        assert Broker(url, "dsi", "secret", "/").has_virtual_host()

    assert asked == ["GET /api/vhosts/%2F HTTP/1.1"] * 3


def test_a_broker_that_drops_every_connection_is_said_in_one_sentence() -> None:
    with dropping_server(99) as (url, asked):
        broker = Broker(url, "dsi", "secret", "/")
        with pytest.raises(BrokerUnreachable, match=f"^The broker at {url}: "):
            broker.has_virtual_host()

    assert len(asked) == 3


def test_a_change_that_may_be_made_twice_is_sent_again_and_any_other_once() -> None:
    with dropping_server(1) as (url, asked):
        ManagementInterface([url], "dsi", "secret").send_change("PUT", "vhosts/%2F")
    assert asked == ["PUT /api/vhosts/%2F HTTP/1.1"] * 2

    with dropping_server(1) as (url, asked), pytest.raises(BrokerUnreachable):
        ManagementInterface([url], "dsi", "secret").send_change("POST", "bindings/%2F")
    assert len(asked) == 1
