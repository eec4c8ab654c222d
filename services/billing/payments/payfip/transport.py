"""HTTP transport to PayFiP: one short connection a call, with a deadline for every answer."""

import time
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from zeep import Transport

from shared.runtime.outside.connections_bounded_in_time import (
    HTTPInTime,
    HTTPSInTime,
    read_body_in_time,
)

MOST_BYTES = 64 * 1024
"""An answer has less than 2 kB."""


class PatientTransport(Transport):
    """
    zeep's transport with an end to its patience: `seconds` for each wait and for the whole answer.

    A connection is not kept: one that the other side has closed meanwhile would look like silence.
    Nothing is followed to another address. An answer that is too long or late raises Endless.
    """

    def __init__(self, seconds: float) -> None:
        session = requests.Session()
        session.headers["Connection"] = "close"
        for scheme in ("http://", "https://"):
            adapter = HTTPAdapter()
            adapter.poolmanager.pool_classes_by_scheme = {"http": HTTPInTime, "https": HTTPSInTime}
            session.mount(scheme, adapter)
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
            response._content = read_body_in_time(response.raw, MOST_BYTES, until, decode=True)
        return response
