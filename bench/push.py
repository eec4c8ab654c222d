"""
A strike told to 900 families: from the first notice of the school service to the last device.

The portal's service as in a town, on SQLite, its notices by the broker; browsers at one push
service on this machine, which answers as fast as it can and shares these cores. Each family has
two guardians, one of them with a device.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_bytes
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from matplotlib.figure import Figure

from bench.ground import ground
from bench.home_families import guardian_card
from bench.report import Report, below
from bench.town import Town
from services.portal_gateway.alerts.client.encryption import public_bytes
from services.portal_gateway.alerts.client.vapid import TownKey
from services.portal_gateway.alerts.commands.devices import NewDevice, add_device_for_alerts
from services.portal_gateway.cards.commands.guardian_and_household_cards import keep_guardian_card
from services.portal_gateway.store import store
from shared.bus.broker.publisher import CONFIRMED, Publisher
from shared.contracts.enrolment.places import family_cards
from shared.dates.clock import now, today
from shared.runtime.ids import new_id

NAME = "push"
FAMILIES = 900
LONGEST_SECONDS = 120.0
QUIET_SECONDS = 5.0
"""Waited after the last one, for what would come twice."""

AIMS = (
    below("all families told, s", 30.0),
    below("devices not told", 1),
    below("devices told twice", 1),
)


@dataclass
class PushService:
    """Notes when each address was posted to."""

    told: list[tuple[float, str]] = field(default_factory=list)

    def start(self) -> ThreadingHTTPServer:
        told = self.told

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                told.append((time.monotonic(), self.path))
                self.send_response(201)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server


def run(say: Callable[[str], None]) -> tuple[Report, Callable[[Figure], None]]:
    """Measure, and return the report with how to draw it."""
    service = PushService()
    server = service.start()
    origin = f"http://127.0.0.1:{server.server_address[1]}"
    with ground() as here:
        town = Town(here)
        town.keep_secrets("portal", PUSH_STAND_IN=origin)
        say(f"{FAMILIES} families, each with a device")
        households, paths = _store_families(town, origin)
        town.start("portal")
        town.wait_ready(["portal"])
        say("a strike")
        began = _strike(town, households)
        _wait_told(service, len(paths))
    server.shutdown()
    waits = sorted(at - began for at, _ in service.told)
    counts = Counter(path for _, path in service.told)
    figures = {
        "all families told, s": waits[-1] if waits else LONGEST_SECONDS,
        "half of them, s": waits[len(waits) // 2] if waits else LONGEST_SECONDS,
        "devices not told": float(len(paths - counts.keys())),
        "devices told twice": float(sum(count > 1 for count in counts.values())),
    }
    return Report(NAME, figures, AIMS), lambda figure: _draw(figure, waits)


def _store_families(town: Town, origin: str) -> tuple[list[str], set[str]]:
    """Store families with two guardians and one device; return households and their addresses."""
    town.connect("portal", store)
    mark = TownKey(town.settings("portal").vapid_key, "").mark
    households, paths = [new_id() for _ in range(FAMILIES)], set[str]()
    with store.write() as write:
        for household in households:
            with_device = new_id()
            for subject in (with_device, new_id()):
                keep_guardian_card(write, guardian_card(subject, household))
            path = f"/push/{new_id()}"
            paths.add(path)
            add_device_for_alerts(write, with_device, _device(f"{origin}{path}", mark), now())
    return households, paths


def _device(endpoint: str, mark: str) -> NewDevice:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return NewDevice(endpoint, public_bytes(key), token_bytes(16), new_id(), "fr", mark)


def _strike(town: Town, households: Sequence[str]) -> float:
    """Publish the school service's notices as it would; return when the first one left."""
    publisher = Publisher(town.settings("enrolment_ens").amqp_uri, "enrolment_ens", confirms=True)
    detail = {"days": [(today() + timedelta(days=1)).isoformat()], "reason": "strike"}
    began = time.monotonic()
    receipts = [
        publisher.publish(
            "out.enrolment_ens",
            f"event.{family_cards.notice.name}",
            _notice(household, detail),
            message_id=new_id(),
            type=family_cards.notice.full_name,
            headers={"version": family_cards.notice.version},
            persistent=True,
        )
        for household in households
    ]
    assert all(receipt.wait(LONGEST_SECONDS) == CONFIRMED for receipt in receipts)
    publisher.close()
    return began


def _notice(household: str, detail: dict[str, Any]) -> bytes:
    event = family_cards.Notice(
        household_id=household,
        key="closure:strike",
        kind="closure",
        child_ids=[],
        detail=detail,
        at=now(),
    )
    return json.dumps(family_cards.notice.dump(event), ensure_ascii=False).encode()


def _wait_told(service: PushService, count: int) -> None:
    end = time.monotonic() + LONGEST_SECONDS
    while len(service.told) < count and time.monotonic() < end:
        time.sleep(0.1)
    time.sleep(QUIET_SECONDS)


def _draw(figure: Figure, waits: Sequence[float]) -> None:
    axes = figure.subplots()
    axes.step(waits, range(1, len(waits) + 1), where="post")
    axes.axvline(AIMS[0].bound, linestyle="--", color="0.6")
    axes.set(xlabel="seconds after the first notice", ylabel="families told", title=NAME)
