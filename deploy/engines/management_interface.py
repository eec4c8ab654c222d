"""Management interface of a broker: a request goes to one node; where that is down, to the next."""

from collections.abc import Sequence
from time import sleep
from typing import Any

import requests
from urllib3.exceptions import ProtocolError

from deploy.instance.user_error import UserError
from shared.json_values import JsonObject

TIMEOUT_SECONDS = 30
REPEATABLE = ("GET", "PUT")
"""Verbs of requests of which a second one changes nothing and is answered as the first."""
AGAIN_SECONDS = (0.2, 1.0)
"""Pauses before one is sent again whose connection the broker dropped, as it does under load."""


class BrokerRefused(UserError):
    """The management interface answered with an error; the message has its status and path."""


LOOK_AT_BROKER = (
    "`preau doctor` says what mends it, log/broker.log why; then call this again: what is done"
    " stays done."
)


class BrokerUnreachable(UserError):
    """No node's management interface answers; the message says what was met at the last asked."""


class ManagementInterface:
    """The management interfaces of the nodes of a broker, as its administrator asks them."""

    def __init__(
        self, urls: Sequence[str], user: str, password: str, *, authority: str = ""
    ) -> None:
        self.urls = [each.rstrip("/") for each in urls]
        self._session = requests.Session()
        self._session.auth = (user, password)
        self._session.trust_env = False
        self._session.verify = authority or True

    def get_json(self, path: str) -> Any:
        """Return what lies at a path; raises BrokerRefused."""
        answer = self.request("GET", path)
        if answer.status_code >= 400:
            raise BrokerRefused(f"{answer.status_code} on GET {path}")
        return answer.json()

    def send_change(
        self,
        verb: str,
        path: str,
        body: JsonObject | None = None,
        *,
        missing_ok: bool = False,
        node: int = 0,
    ) -> None:
        """Have something changed, at one node where that matters; raises BrokerRefused."""
        answer = self.request(verb, path, body, node)
        if answer.status_code == 404 and missing_ok:
            return
        if answer.status_code >= 400:
            holds_passwords = body is not None and bool({"users", "password_hash"} & body.keys())
            reason = "" if holds_passwords else _reason_of_refusal(answer)
            raise BrokerRefused(f"{answer.status_code} on {verb} {path}{reason}")

    def request(self, verb: str, path: str, body: JsonObject | None = None, node: int = 0) -> Any:
        """Ask one node; where it is down, the next one; raises BrokerUnreachable."""
        first = node % len(self.urls)
        *others, last = self.urls[first:] + self.urls[:first]
        for url in others:
            try:
                return self._request_one_node(verb, url, path, body)
            except BrokerUnreachable as error:
                # One that took the request and is silent may have done it already.
                if not isinstance(error.__cause__, requests.ConnectionError):
                    raise
        return self._request_one_node(verb, last, path, body)

    def _request_one_node(self, verb: str, url: str, path: str, body: JsonObject | None) -> Any:
        whole = f"{url}/api/{path}"
        for pause in (*(AGAIN_SECONDS if verb in REPEATABLE else ()), None):
            try:
                return self._session.request(verb, whole, json=body, timeout=TIMEOUT_SECONDS)
            except requests.RequestException as error:
                if pause is None or not _was_dropped(error):
                    why = _cause_of_failure(error)
                    raise BrokerUnreachable(
                        f"The broker at {url}: {why}. {LOOK_AT_BROKER}"
                    ) from error
            sleep(pause)
        raise AssertionError("the last try returns or raises")


def _was_dropped(error: requests.RequestException) -> bool:
    """Return whether the broker ended an open connection; one that is down opens none."""
    return bool(error.args) and isinstance(error.args[0], ProtocolError)


def _cause_of_failure(error: requests.RequestException) -> str:
    """Return why a connection failed: urllib3 wraps it, and begins with the pool's address."""
    wrapped = error.args[0] if error.args else error
    return str(getattr(wrapped, "reason", wrapped))


def _reason_of_refusal(answer: requests.Response) -> str:
    """Return the broker's own words: what is defined with hundreds of others has no address."""
    try:
        return f": {answer.json()['reason']}"
    except (ValueError, KeyError, TypeError):
        return ""
