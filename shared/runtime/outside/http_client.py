"""HTTP to another system: one short connection a question, bounded in time, size and number."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import urlencode

import urllib3

from shared.runtime.logs import log_error
from shared.runtime.no_waiting_in_writes import assert_not_writing
from shared.runtime.outside.connections_bounded_in_time import (
    HTTPInTime,
    HTTPSInTime,
    read_body_in_time,
)

MOST_BYTES = 256 * 1024


class Silent(Exception):
    """The other system does not answer, or what answers is not it."""


class Busy(Silent):
    """Nobody was asked: as many wait as may at a time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: its status, its type without parameters, and its text."""

    status: int
    media_type: str
    text: str

    def as_json(self) -> dict[str, Any]:
        """Return the object that it holds; raises Silent for anything else."""
        try:
            read = json.loads(self.text)
        except (ValueError, RecursionError):
            raise Silent from None
        if not isinstance(read, dict):
            raise Silent
        return read


class Transport:
    """
    The way to one system, through the town's `proxy` where it has one.

    Where it hangs, as many wait as `turns` lets through, and everything else is still answered. A
    log line bears the name `log_as`.
    """

    def __init__(
        self, log_as: str, turns: BoundedSemaphore, patience: float, proxy: str = ""
    ) -> None:
        self._log_as = log_as
        self._turns = turns
        self._patience = patience
        options: dict[str, Any] = {
            "timeout": patience,
            "retries": False,
            "headers": {"Connection": "close", "Accept-Encoding": "identity"},
        }
        self._pools: urllib3.PoolManager = (
            urllib3.ProxyManager(proxy, **options) if proxy else urllib3.PoolManager(**options)
        )
        self._pools.pool_classes_by_scheme = {"http": HTTPInTime, "https": HTTPSInTime}

    def get(self, address: str, headers: Mapping[str, str] = {}) -> Answer:
        """Ask for a page; raises Silent, and of these Busy where nobody was asked."""
        return self._ask("GET", address, dict(headers))

    def post_form(
        self, address: str, fields: Mapping[str, str], headers: Mapping[str, str] = {}
    ) -> Answer:
        """Send a form; raises Silent."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", address, {**headers, **form}, urlencode(fields).encode())

    def _ask(
        self, method: str, address: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        """Ask; whatever a library says about it ends here, since it may quote what was sent."""
        assert_not_writing()
        if not self._turns.acquire(blocking=False):
            raise Busy
        until = time.monotonic() + self._patience
        try:
            response = self._pools.request(
                method,
                address,
                body=body,
                headers={**self._pools.headers, "Accept": "application/json, */*", **headers},
                redirect=False,
                preload_content=False,
            )
            try:
                text = read_body_in_time(response, MOST_BYTES, until).decode()
            finally:
                response.close()
            kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            return Answer(response.status, kind, text)
        except (OSError, urllib3.exceptions.HTTPError, UnicodeDecodeError) as error:
            log_error(self._log_as, error)
        finally:
            self._turns.release()
        raise Silent
