"""The portal's pages as a town serves them, and browsers that ask for them."""

import http.client
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from bench.ground import Ground
from bench.town import Town
from deploy.processes.process_plan import THREADS
from deploy.services import SPECS

READY_SECONDS = 120.0
ASKERS = 8

Ask = Callable[[http.client.HTTPConnection], bool]
"""One question of a browser; says whether it was served."""


@dataclass
class Found:
    """Measures of one kind of question, round by round."""

    rates: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    failed: int = 0


def serve(here: Ground, town: Town) -> None:
    """Start the portal's pages as the supervisor of a town does; return once they answer."""
    web = SPECS["portal"].web
    options = ["--worker-class", "gthread", "--no-control-socket"]
    options += ["--workers", str(web.workers), "--threads", str(THREADS)]
    options += ["--bind", f"127.0.0.1:{here.instance.pages_port('portal')}"]
    environment = town.environment("portal")
    here.start(web.process, "gunicorn", web.application, *options, env=environment)
    end = time.monotonic() + READY_SECONDS
    while True:
        try:
            get(connect(here.instance.pages_port("portal")), "/health")
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def connect(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=10.0)


def get(connection: http.client.HTTPConnection, path: str, **headers: str) -> bool:
    """Ask for a page; say whether it was served."""
    connection.request("GET", path, headers=headers)
    return _served(connection)


def post(connection: http.client.HTTPConnection, path: str, body: str, **headers: str) -> bool:
    """Send a form; say whether its page was served."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", path, body, headers={**form, **headers})
    return _served(connection)


def _served(connection: http.client.HTTPConnection) -> bool:
    answer = connection.getresponse()
    answer.read()
    return answer.status == 200


def ask_for(port: int, ask: Ask, seconds: float, found: Found) -> None:
    """Let several browsers ask, one question after the other, for so long."""
    end = time.monotonic() + seconds
    with ThreadPoolExecutor(ASKERS) as pool:
        asked = [pool.submit(_one_browser, port, ask, end) for _ in range(ASKERS)]
        outcomes = [outcome for one in asked for outcome in one.result()]
    found.failed += sum(not served for served, _ in outcomes)
    found.waits += [wait for served, wait in outcomes if served]
    found.rates.append(sum(served for served, _ in outcomes) / seconds)


def _one_browser(port: int, ask: Ask, end: float) -> list[tuple[bool, float]]:
    connection, outcomes = connect(port), []
    while time.monotonic() < end:
        begin = time.perf_counter()
        try:
            served = ask(connection)
        except (OSError, http.client.HTTPException):
            connection, served = connect(port), False
        outcomes.append((served, time.perf_counter() - begin))
    connection.close()
    return outcomes
