"""Lets tests make the stand-in misbehave: its answers for a while, and its notifications."""

import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import deque
from dataclasses import dataclass

from deploy.demo.payfip_stub.operations import Operation, Operations
from shared.json_values import JsonObject

NOTIFICATION_SECONDS = 10.0


@dataclass(frozen=True)
class Trouble:
    """
    A fault instead of the answer to an operation, so many times.

    One of `fault` (a code of FonctionnelleErreur), `breakdown` (another fault), `http` (a status),
    `wait` (seconds before the true answer), `garbage`, or `lost` (done, and the answer never said).
    """

    fault: str = ""
    breakdown: str = ""
    http: int = 0
    wait: float = 0.0
    garbage: bool = False
    lost: bool = False


class Pilot:
    """Takes orders by HTTP: `POST /pilote` with JSON."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations
        self._troubles: dict[str, deque[Trouble]] = {}

    def next_trouble(self, operation: str) -> Trouble | None:
        """Return what is to happen now to an operation, and count it as done."""
        waiting = self._troubles.get(operation)
        try:
            return waiting.popleft() if waiting else None
        except IndexError:  # another request took the last
            return None

    def take_order(self, order: JsonObject) -> None:
        """
        Carry out one order.

        With `on` an operation of the service: `times` (1) troubles, none for 0. With an `idop`:
        `outcome` decides it, `says` replaces fields of its answer, `forget` purges it, and
        `call_notification_address` (1 with an outcome, else 0) calls are made, at once, after
        `delay` seconds.
        """
        if "on" in order:
            times = order.get("times", 1)
            kind = {k: v for k, v in order.items() if k not in ("on", "times")}
            self._troubles[order["on"]] = deque([Trouble(**kind)] * times)
            return
        operation = self._operations.find_operation(order["idop"])
        operation.says.update(order.get("says", {}))
        if order.get("outcome"):
            self._operations.end_operation(operation.idop, order["outcome"])
        times = order.get("notify", 1 if order.get("outcome") else 0)
        call_notification_address(
            operation, times, delay=order.get("delay", 0.0), verb=order.get("verb", "POST")
        )
        if order.get("forget"):
            self._operations.purge_operation(operation.idop)


def call_notification_address(
    operation: Operation, times: int, *, delay: float = 0.0, verb: str = "POST"
) -> None:
    """Call `urlnotif` so many times at once, with the number of the operation and nothing else."""

    def call_back() -> None:
        time.sleep(delay)
        body = urllib.parse.urlencode({"idop": operation.idop})
        url = operation.asked["urlnotif"]
        request = (
            urllib.request.Request(url, body.encode(), method="POST")
            if verb == "POST"
            else urllib.request.Request(f"{url}?{body}")
        )
        try:
            urllib.request.urlopen(request, timeout=NOTIFICATION_SECONDS).close()
        except (OSError, urllib.error.URLError):
            return  # nobody listens: the service does not insist either

    calls = [threading.Thread(target=call_back, daemon=True) for _ in range(times)]
    for each in calls:
        each.start()
