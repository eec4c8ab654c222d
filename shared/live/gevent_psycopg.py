"""psycopg2 under gevent: while one page waits for PostgreSQL, others are served."""

from typing import Any

import psycopg2
from gevent.socket import wait_read, wait_write
from psycopg2 import extensions


def let_psycopg_wait_by_gevent() -> None:
    """Let every connection of this process wait by gevent; its C code blocks the loop otherwise."""
    extensions.set_wait_callback(_wait_for_connection)


def _wait_for_connection(connection: Any) -> None:
    while True:
        state = connection.poll()
        if state == extensions.POLL_OK:
            return
        if state == extensions.POLL_READ:
            wait_read(connection.fileno())
        elif state == extensions.POLL_WRITE:
            wait_write(connection.fileno())
        else:
            raise psycopg2.OperationalError(f"unknown state {state}")
