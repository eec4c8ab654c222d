"""HTTP to the provider: one short connection a question, bounded in time, in size and in number."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import urlencode

import urllib3

from shared.runtime.connections_bounded_in_time import HTTPInTime, HTTPSInTime, read_body_in_time
from shared.runtime.logs import log_error
from shared.runtime.no_waiting_in_writes import assert_not_writing

PATIENCE_SECONDS = 3.0
"""For each question: a person waits, and the page for at most two of them after the first day."""
MOST_BYTES = 256 * 1024
AT_ONCE = 5
"""
So many questions at a time: where the provider hangs, everything else is still answered. The portal
alone is answered ten requests at a time (shared/bus/handling/request_entrypoint.py).
"""

_turns = BoundedSemaphore(AT_ONCE)


class Silent(Exception):
    """The provider does not answer, or what answers is not it."""


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
        except ValueError:
            raise Silent from None
        if not isinstance(read, dict):
            raise Silent
        return read


class Transport:
    """The way to one provider, through the town's `proxy` where it has one."""

    def __init__(self, proxy: str = "", patience: float = PATIENCE_SECONDS) -> None:
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
        """Ask for a page; raises Silent."""
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
        if not _turns.acquire(blocking=False):
            raise Silent
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
            log_error("openid_silent", error)
        finally:
            _turns.release()
        raise Silent
