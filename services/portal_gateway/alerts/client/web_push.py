"""Sends to a browser's push service (RFC 8030)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Any

import urllib3

from services.portal_gateway.alerts.client.encryption import BadKeys, encrypt_for_browser
from services.portal_gateway.alerts.client.push_addresses import (
    Endpoint,
    Refused,
    public_address,
    read_endpoint,
)
from services.portal_gateway.alerts.client.vapid import TownKey
from services.portal_gateway.alerts.rules.retries_of_alerts import (
    GONE,
    GOOD_FOR,
    REFUSED,
    SENT,
    WAITING,
    Outcome,
)
from shared.dates.clock import now
from shared.json_values import as_json
from shared.runtime.no_waiting_in_writes import assert_not_writing
from shared.runtime.outside.connections_bounded_in_time import HTTPInTime, HTTPSInTime

PATIENCE_SECONDS = 10.0
CONNECTIONS = 16
MOST_POOLS = 32
"""Push services whose connections are kept: their addresses change, and anybody may name one."""
BUSY = 429


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser's address at its push service, its key and its secret."""

    endpoint: str
    p256dh: bytes
    auth: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """Message that a device shows, in the place of one of the same `tag` that is shown already."""

    tag: str
    title: str
    text: str
    path: str
    language: str

    @property
    def as_json_bytes(self) -> bytes:
        shown = {
            **{"tag": self.tag, "title": self.title, "text": self.text},
            **{"path": self.path, "lang": self.language},
        }
        return as_json(shown).encode()


class PushServices:
    """The push services that browsers named, each with connections that are kept."""

    def __init__(
        self, key: TownKey, stand_in: str = "", patience: float = PATIENCE_SECONDS
    ) -> None:
        self._key = key
        self._stand_in = stand_in
        self._patience = patience
        self._pools: dict[tuple[str, str], urllib3.HTTPConnectionPool] = {}
        self._lock = Lock()

    def send_message(self, browser: Browser, message: Message, urgent: bool) -> Outcome:
        """Send one message once; says what the push service answered."""
        assert_not_writing()
        moment = now()
        try:
            endpoint = read_endpoint(browser.endpoint, self._stand_in)
            body = encrypt_for_browser(message.as_json_bytes, browser.p256dh, browser.auth)
            answer = self._connection_pool_of(endpoint).urlopen(
                "POST",
                endpoint.path,
                body=body,
                headers={
                    "Host": endpoint.origin.partition("://")[2],
                    "TTL": str(int(GOOD_FOR.total_seconds())),
                    "Urgency": "high" if urgent else "normal",
                    "Topic": message.tag[:32],
                    "Content-Encoding": "aes128gcm",
                    "Content-Type": "application/octet-stream",
                    "Authorization": self._key.authorization_header(endpoint.origin, moment),
                },
                redirect=False,
                retries=False,
                preload_content=False,
            )
            _leave_body_unread(answer)
        except (Refused, BadKeys):
            return Outcome(GONE, "address")
        except (OSError, urllib3.exceptions.HTTPError):
            return Outcome(WAITING, "connection")
        return _outcome_of_answer(answer.status, answer.headers.get("Retry-After"), moment)

    def _connection_pool_of(self, endpoint: Endpoint) -> urllib3.HTTPConnectionPool:
        address = endpoint.address or public_address(endpoint.host)
        known = (endpoint.origin, address)
        with self._lock:
            pool = self._pools.pop(known, None) or _make_connection_pool(
                endpoint, address, self._patience
            )
            self._pools[known] = pool  # the last one that was used comes last
            if len(self._pools) > MOST_POOLS:
                self._pools.pop(next(iter(self._pools))).close()
        return pool


def _make_connection_pool(
    endpoint: Endpoint, address: str, patience: float
) -> urllib3.HTTPConnectionPool:
    options: dict[str, Any] = {
        "port": endpoint.port,
        "maxsize": CONNECTIONS,
        "timeout": patience,
    }
    if not endpoint.secure:
        return HTTPInTime(address, **options)
    options |= {
        "cert_reqs": "CERT_REQUIRED",
        "server_hostname": endpoint.host,
        "assert_hostname": endpoint.host,
    }
    return HTTPSInTime(address, **options)


def _leave_body_unread(answer: urllib3.BaseHTTPResponse) -> None:
    """Read nothing of what is said beside the status: it may be without end, or never come."""
    if answer.length_remaining == 0:
        answer.read()  # nothing is left: the connection is kept
    else:
        answer.close()
    answer.release_conn()


def _outcome_of_answer(status: int, retry_after: str | None, moment: datetime) -> Outcome:
    if status in (404, 410):
        return Outcome(GONE, str(status))
    if status == BUSY or status >= 500:
        return Outcome(WAITING, str(status), _seconds_to_retry_after(retry_after, moment))
    return Outcome(SENT if 200 <= status < 300 else REFUSED, str(status))


def _seconds_to_retry_after(retry_after: str | None, moment: datetime) -> timedelta | None:
    """Read `Retry-After`, which is seconds or a moment; None for neither."""
    if not retry_after:
        return None
    if retry_after.isdecimal() and len(retry_after) < 7:
        return timedelta(seconds=int(retry_after))
    try:
        return max(parsedate_to_datetime(retry_after) - moment, timedelta())
    except (ValueError, TypeError):
        return None
