"""HTTP transport to PayFiP: one short connection a call, with a deadline for every answer."""

import time
from typing import Any

import requests
from zeep import Transport

MOST_BYTES = 64 * 1024
"""An answer has less than 2 kB."""


class Endless(requests.RequestException):
    """The answer is too long, or comes in drops."""


class PatientTransport(Transport):
    """
    zeep's transport with an end to its patience: `seconds` for each wait and for the whole answer.

    A connection is not kept: one that the other side has closed meanwhile would look like silence.
    Nothing is followed to another address.
    """

    def __init__(self, seconds: float) -> None:
        session = requests.Session()
        session.headers["Connection"] = "close"
        super().__init__(timeout=seconds, operation_timeout=seconds, session=session)
        self._seconds = seconds

    def post(self, address: str, message: Any, headers: Any) -> requests.Response:
        until = time.monotonic() + self._seconds
        response = self.session.post(
            address,
            data=message,
            headers=headers,
            timeout=self._seconds,
            stream=True,
            allow_redirects=False,
        )
        with response:
            response._content = _read_body(response, until)
        return response


def _read_body(response: requests.Response, until: float) -> bytes:
    content = b""
    for piece in response.iter_content(4096):
        content += piece
        if len(content) > MOST_BYTES or time.monotonic() > until:
            raise Endless
    return content
