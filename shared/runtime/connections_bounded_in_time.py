"""
Connections that wait for the head of an answer no longer than for one sign of it.

A timeout alone begins anew with each sign that comes: who sends one now and then holds a thread for
ever, and with it what everybody else waits for.
"""

import contextlib
import os
import socket
from threading import Timer

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import HTTPResponse


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


def _cut_connection(connected: socket.socket) -> None:
    """
    End what is read, so that a status that has come counts.

    What is sent stays open: its end would have the system reset the connection with the next sign
    of the server, and whoever reads would find that instead of the answer. The connection is ended
    beneath TLS: a greenlet that reads what TLS has given up finds what is no error of a connection.
    """
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(connected.fileno())) as same:
        same.shutdown(socket.SHUT_RD)
