"""
Time until a school year has moved up: from the act at the desk to equal digests at the service.

All pupils move in one act that holds from today, while families read their children's pages by the
clock; then ten times as many, which ought to cost as much for each child.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import count

from matplotlib.figure import Figure
from sqlalchemy import func, select

from bench.families import Child
from bench.ground import ground
from bench.growth_town import lay
from bench.guardians import introduce
from bench.report import Report, at_least, below
from bench.resync import HELD, PRINCIPAL, PROVIDER, SENT, entries_of
from bench.town import Town
from deploy.demo.invented.families import read_families
from deploy.demo.invented.schools import schools_of_households
from services.enrolment.models import PupilMove, PupilMoves
from services.enrolment.offer.rules.calendar import next_school_year, school_year_of
from services.enrolment.school_year.schools.commands import moving_up, sending_pupil_moves
from services.enrolment.store import store, vault
from shared.bus.client import Client
from shared.contracts.dossier import guardians
from shared.contracts.enrolment.school_year.schools import import_schools
from shared.contracts.errors import NoAnswer, Refusal, Unavailable
from shared.contracts.message import Empty
from shared.dates.clock import now, today
from shared.runtime.ids import new_id

NAME = "september"
MANY = (900, 10_000)
SERVICES = ("dossier", PRINCIPAL)
READERS, READS_PER_SECOND = 100, 100.0
READ_SECONDS, CALL_SECONDS, LONGEST_SECONDS = 5.0, 60.0, 900.0
LOOK_SECONDS = 0.5

SECONDS = {children: f"seconds until {children:,} are equal" for children in MANY}
AIMS = (
    below(SECONDS[900], 60.0),
    below(SECONDS[10_000], 480.0),
    below("cost of a child, of 10,000 to 900", 1.25),
    at_least("reads/s of families meanwhile", READS_PER_SECOND * 0.98),
)

Curve = list[tuple[float, int]]
"""Seconds since the act, and children whose new class the provider holds by then."""


def run(say: Callable[[str], None]) -> tuple[Report, Callable[[Figure], None]]:
    """Measure both sizes, each in a town of its own, and return the report with its drawing."""
    curves: dict[int, Curve] = {}
    reads: list[float] = []
    missed: Counter[str] = Counter()
    for children in MANY:
        curves[children], read, these = _measure(children, say)
        reads.append(read)
        missed += these
    seconds = {children: curve[-1][0] for children, curve in curves.items()}
    few, many = MANY
    figures = {
        **{SECONDS[children]: seconds[children] for children in MANY},
        "cost of a child, of 10,000 to 900": (seconds[many] / many) / (seconds[few] / few),
        "reads/s of families meanwhile": min(reads),
        "reads refused or late": float(missed.total()),
        "reads late": float(missed[NoAnswer.code]),
        "reads refused at once, the client's breaker": float(missed[Unavailable.code]),
    }
    return Report(NAME, figures, AIMS), lambda figure: _draw(figure, curves)


def _measure(children: int, say: Callable[[str], None]) -> tuple[Curve, float, Counter[str]]:
    with ground() as here:
        say(f"{children:,} children")
        town, came, _ = lay(here, children, SERVICES, [PROVIDER])
        for principal in SERVICES:
            town.start(principal)
        town.wait_ready(SERVICES)
        _load_schools(town)
        with town.client("portal") as client, _reading(client, town, came) as reading:
            say("moving up")
            curve = _move_all_up(town)
            per_second = reading.count / (time.monotonic() - reading.began)
        return curve, per_second, reading.missed


def _load_schools(town: Town) -> None:
    request = schools_of_households(read_families().households, school_year_of(today()))
    with town.client("ops") as client:
        client.ask(import_schools, request, to=PRINCIPAL, deadline=CALL_SECONDS)


def _move_all_up(town: Town) -> Curve:
    """Draft and decide as the desk does, from today; return the curve up to equal digests."""
    agent, year = new_id(), next_school_year(school_year_of(today()))
    with store.write() as write:
        batch = moving_up.draft_batch_of_moving_up(write, vault, year, by=agent, now=now())
        batch.holds_from = today()
        moves_id = batch.id
    with store.read() as read:
        moved = select(func.count()).where(PupilMove.moves_id == moves_id)
        wanted = read.scalar(moved.where(PupilMove.skipped.is_(False))) or 0
    start = time.monotonic()
    with store.write() as write:
        sending_pupil_moves.mark_draft_of_moves_for_sending(
            write, vault, moves_id, by=agent, now=now()
        )
    return _until_equal(town, moves_id, wanted, start)


def _until_equal(town: Town, moves_id: str, wanted: int, start: float) -> Curve:
    curve: Curve = []
    with closing(town.database("dossier")) as sent, closing(town.database(PRINCIPAL)) as held:
        while time.monotonic() - start < LONGEST_SECONDS:
            with store.read() as read:
                batch = read.get(PupilMoves, moves_id)
                left = select(func.count()).where(
                    PupilMove.moves_id == moves_id,
                    PupilMove.outcome == "",
                    PupilMove.skipped.is_(False),
                )
                curve.append((time.monotonic() - start, wanted - (read.scalar(left) or 0)))
            done = batch is not None and batch.state == "done"
            if done and entries_of(held, HELD) == entries_of(sent, SENT, PROVIDER):
                return [*curve, (time.monotonic() - start, wanted)]
            time.sleep(LOOK_SECONDS)
    raise TimeoutError("equal digests")


class _Reading:
    """Families that read by the clock, an open loop: a slow answer delays no later reading."""

    def __init__(self, client: Client, tokens: Mapping[str, str]) -> None:
        self._client, self._tokens = client, list(tokens.values())
        self.count, self.missed, self.running = 0, Counter[str](), True
        self.began = time.monotonic()

    def run(self) -> None:
        """Read until it is said to stop."""
        with ThreadPoolExecutor(READERS) as pool:
            for number in count():
                if not self.running:
                    return
                time.sleep(max(0.0, self.began + number / READS_PER_SECOND - time.monotonic()))
                pool.submit(self._read, self._tokens[number % len(self._tokens)])

    def _read(self, token: str) -> None:
        try:
            self._client.ask(guardians.my_children, Empty(), token=token, deadline=READ_SECONDS)
            self.count += 1
        except Refusal as refusal:
            self.missed[refusal.code] += 1


@contextmanager
def _reading(client: Client, town: Town, children: Sequence[Child]) -> Iterator[_Reading]:
    """Let families read meanwhile, whose pages the services have read once since they started."""
    tokens = introduce(town, [child.guardian for child in children[:READERS]])
    for token in tokens.values():
        client.ask(guardians.my_children, Empty(), token=token, deadline=CALL_SECONDS)
    reading = _Reading(client, tokens)
    thread = threading.Thread(target=reading.run, name="families", daemon=True)
    thread.start()
    try:
        yield reading
    finally:
        reading.running = False
        thread.join()


def _draw(figure: Figure, curves: Mapping[int, Curve]) -> None:
    axes = figure.subplots()
    for children, curve in curves.items():
        axes.plot([second for second, _ in curve], [moved for _, moved in curve], label=children)
    axes.set_xlabel("seconds since the act")
    axes.set_ylabel("children decided")
    axes.legend(title="children")
