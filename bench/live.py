"""
Open pages on one process that holds them: how many, what each costs, how soon it hears.

One gunicorn worker as in a town, SQLite, the portal's service beside it. Every page waits for a
household of its own; changes come at a steady rate, each for one of them, and then one that
concerns everybody at once. Who listens shares this machine's cores.
"""

import random
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from bench.ground import Ground, ground, wait_until
from bench.home_families import guardian_card, session_cookie
from bench.live_browsers import Browsers
from bench.report import Report, at_least, below
from bench.town import Town
from deploy.processes.process_plan import LIVE_CONNECTIONS
from deploy.services import SPECS
from services.portal_gateway.cards.commands.guardian_and_household_cards import keep_guardian_card
from services.portal_gateway.cards.live_kinds import NEWS, note_change
from services.portal_gateway.store import store
from shared.runtime.ids import new_id

NAME = "live"
PAGES = 2_000
CHANGES, PER_SECOND = 600, 40
SPARE_FILES, IN_ONE_WRITE = 200, 200
SECOND_LOOK_SECONDS, EVERYBODY_SECONDS = 3.0, 30.0
KILOBYTE = 1024

AIMS = (
    at_least("open pages on one process", PAGES),
    below("a change until its page hears, p99, s", 1.0),
    below("changes not heard", 1),
)


@dataclass(frozen=True)
class Guardian:
    """A guardian signed in, with a household of its own."""

    household: str
    cookie: str


def run(say: Callable[[str], None]) -> tuple[Report, Callable[[Figure], None]]:
    """Measure, and return the report with how to draw it."""
    _open_many_files()
    with ground() as here:
        town = Town(here)
        town.connect("portal", store)
        say(f"{PAGES} guardians sign in")
        guardians = _guardians()
        worker = _serve(here, town)
        town.start("portal")
        town.wait_ready(["portal"])
        before = _resident(worker)
        say("opening pages")
        with Browsers(here.instance.stream_port("portal")) as browsers:
            for some in range(0, PAGES, IN_ONE_WRITE):
                part = guardians[some : some + IN_ONE_WRITE]
                browsers.open({each.household: each.cookie for each in part})
            browsers.listen(SECOND_LOOK_SECONDS)
            each = (_resident(worker) - before) / len(browsers.open_pages)
            say("changes, one by one")
            waits, lost = _changes(browsers, guardians)
            say("one change for everybody")
            everybody = _everybody(browsers, guardians)
        figures = {
            "open pages on one process": float(len(browsers.open_pages)),
            "memory of an open page, kB": each / KILOBYTE,
            "a change until its page hears, median, s": statistics.median(waits),
            "a change until its page hears, p99, s": _p99(waits),
            "changes not heard": float(lost),
            "everybody at once, after the last commit, p99, s": _p99(everybody),
        }
    return Report(NAME, figures, AIMS), lambda figure: _draw(figure, waits, everybody)


def _guardians() -> list[Guardian]:
    known = [(new_id(), new_id()) for _ in range(PAGES)]
    for some in range(0, PAGES, IN_ONE_WRITE):
        with store.write() as write:
            for subject, household in known[some : some + IN_ONE_WRITE]:
                keep_guardian_card(write, guardian_card(subject, household))
    return [Guardian(household, session_cookie(subject)) for subject, household in known]


def _serve(here: Ground, town: Town) -> int:
    """Start the stream with one worker; return the worker's process."""
    instance = here.instance
    options = ["--worker-class", "gevent", "--worker-connections", str(LIVE_CONNECTIONS)]
    options += ["--workers", "1", "--no-control-socket", "--graceful-timeout", "1"]
    options += ["--bind", f"127.0.0.1:{instance.stream_port('portal')}"]
    env = town.environment("portal") | {"PAGES_URL": instance.pages_url("portal")}
    master = here.start(
        "portal_live", "gunicorn", SPECS["portal"].web.live.application, *options, env=env
    )
    children = Path(f"/proc/{master.pid}/task/{master.pid}/children")
    wait_until("the stream starts", lambda: bool(children.read_text()), 30.0)
    return int(children.read_text().split()[0])


def _changes(browsers: Browsers, guardians: Sequence[Guardian]) -> tuple[list[float], int]:
    chosen = random.Random(5).choices(guardians, k=CHANGES)
    start = time.monotonic()
    for number, guardian in enumerate(chosen):
        with store.write() as write:
            note_change(write, NEWS, guardian.household)
        browsers.expect(guardian.household, time.monotonic())
        browsers.listen(max(0.0, start + (number + 1) / PER_SECOND - time.monotonic()))
    browsers.listen(SECOND_LOOK_SECONDS)
    return browsers.take_waits(), browsers.forget_unheard()


def _everybody(browsers: Browsers, guardians: Sequence[Guardian]) -> list[float]:
    for some in range(0, len(guardians), IN_ONE_WRITE):
        part = guardians[some : some + IN_ONE_WRITE]
        with store.write() as write:
            note_change(write, NEWS, *(each.household for each in part))
    at = time.monotonic()
    for guardian in guardians:
        browsers.expect(guardian.household, at)
    end = at + EVERYBODY_SECONDS
    while browsers.expects_any and time.monotonic() < end:
        browsers.listen(0.1)
    return browsers.take_waits()


def _open_many_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < PAGES + SPARE_FILES:
        raise OSError(f"this system lets a process open {most} files: too few for {PAGES} pages")
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _resident(pid: int) -> int:
    """Return the bytes of memory that a process holds by itself."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def _p99(waits: Sequence[float]) -> float:
    return statistics.quantiles(waits, n=100)[-1]


def _draw(figure: Figure, waits: Sequence[float], everybody: Sequence[float]) -> None:
    for axes, title, found in zip(
        figure.subplots(1, 2), ("one by one", "everybody at once"), (waits, everybody), strict=True
    ):
        axes.hist(found, bins=40)
        axes.set_title(title)
        axes.set_xlabel("seconds from commit to page")
