"""
Answers over HTTP within a time: neither head nor body is waited for longer than that.

A timeout alone begins anew with each sign that comes: who sends one now and then holds a thread for
ever, and with it what everybody else waits for.
"""

import contextlib
import os
import socket
import time
from threading import Timer

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import BaseHTTPResponse, HTTPResponse

PIECE_BYTES = 4096


class Endless(OSError):
    """An answer that is too long, or comes in drops."""


class _Connection(HTTPConnection):
    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        """Return the answer, once its head is whole; cut off what takes longer."""
        cut = Timer(float(self.timeout or 0), _cut_connection, [self.sock])
        cut.daemon = True
        cut.start()
        try:
            return super().getresponse()
        finally:
            cut.cancel()


class _SecureConnection(_Connection, HTTPSConnection):
    pass


class HTTPInTime(HTTPConnectionPool):
    """The connections to one server, without TLS."""

    ConnectionCls = _Connection


class HTTPSInTime(HTTPSConnectionPool):
    """The connections to one server."""

    ConnectionCls = _SecureConnection


def read_body_in_time(
    response: BaseHTTPResponse, most_bytes: int, until: float, *, decode: bool = False
) -> bytes:
    """Return a body that is whole by a moment of the monotonic clock; raises Endless."""
    content = b""
    # What has come is read, however little: to wait for a piece of some size has no end either.
    while piece := response.read1(PIECE_BYTES, decode_content=decode):
        content += piece
        if len(content) > most_bytes or time.monotonic() > until:
            raise Endless
    return content


def _cut_connection(connected: socket.socket) -> None:
    """
    End what is read, so that a status that has come counts.

    What is sent stays open: its end would have the system reset the connection with the next sign
    of the server, and whoever reads would find that instead of the answer. The connection is ended
    beneath TLS: a greenlet that reads what TLS has given up finds what is no error of a connection.
    """
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(connected.fileno())) as same:
        same.shutdown(socket.SHUT_RD)
