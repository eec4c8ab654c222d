"""
The day on which applications open: 5,000 families ask for 600 places at two providers, at once.

All are signed in and their files are at the providers. They ask through the bus, from several
processes of the portal and with more and more requests in flight; meanwhile the desks enter what
comes by the counter and by telephone. Then a draw, whose channels should be equal: drawn once for
real, and again with a thousand other seeds, because one draw alone says little.
"""

import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing import get_context

from matplotlib.figure import Figure

from bench import opening_clients, opening_people
from bench.ground import ground
from bench.opening_clients import PORTAL, Told, Wish
from bench.opening_people import Family
from bench.report import Report, at_least, below
from bench.town import Town
from services.enrolment.families.commands.card_marking import CARDS
from services.enrolment.family_cards import commands as cards
from services.enrolment.models import Group
from services.enrolment.places.admission.rules.allocation_order import (
    DRAW,
    ORDER,
    Request,
    allocate_places,
)
from services.enrolment.places.applications.commands import allocation
from services.enrolment.places.placing.commands import activities_taken
from services.enrolment.places.placing.commands.activities_taken import TAKEN
from services.enrolment.store import store
from shared.contracts.enrolment.places import imports
from shared.dates.clock import now

NAME = "opening_day"
FAMILIES = 5_000
PLACES = 300
"""Places at each provider."""

PROVIDERS = {"enrolment_ens": "evening_care", "enrolment_agg": "judo"}
IN_FLIGHT = (25, 50, 100, 200)
PROCESSES = 4
CHANNELS = (PORTAL,) * 16 + ("desk",) * 3 + ("telephone",)
"""Channels of twenty requests: sixteen come by the portal."""

DRAWN, DRAW_PLACES = 1_000, 250
SEEDS = 1_000
LIFETIME = timedelta(hours=1)
CALL_SECONDS = 60.0
ANSWERED = ("accepted", "waiting")

WORST = "a place by channel in 1,000 draws, worst over best"
OVER = "places given over capacity"
UNTRUE = "answers that the database contradicts"

AIMS = (below(OVER, 1.0), below(UNTRUE, 1.0), at_least(WORST, 0.95))


@dataclass(frozen=True)
class Wave:
    """The figures of one load: by how many requests in flight, and how long all of them took."""

    in_flight: int
    seconds: float
    told: Sequence[Told]

    @property
    def asked(self) -> list[Told]:
        return [one for one in self.told if one.wish.channel == PORTAL]

    @property
    def rate(self) -> float:
        return len(self.asked) / self.seconds


@dataclass
class Scene:
    """A town whose providers hold every family's file, and their groups."""

    town: Town
    pool: ProcessPoolExecutor
    families: Sequence[Family]
    groups: dict[tuple[str, str], str] = field(default_factory=dict)
    """Groups by provider and the way in which their places are given."""


def run(say: Callable[[str], None]) -> tuple[Report, Callable[[Figure], None]]:
    """Measure, and return the report with how to draw it."""
    workers = ProcessPoolExecutor(PROCESSES + len(PROVIDERS), mp_context=get_context("spawn"))
    with ground() as here, workers as pool:
        say("a town")
        town = Town(here)
        scene = Scene(town, pool, opening_people.families(town, FAMILIES, LIFETIME))
        list(pool.map(opening_clients.ready, range(PROCESSES + len(PROVIDERS))))
        _open(scene)
        waves: list[Wave] = []
        for in_flight, wishes in zip(IN_FLIGHT, _first_wishes(scene), strict=True):
            say(f"{len(wishes):,} requests, {in_flight} in flight")
            waves.append(_wave(scene, wishes, in_flight))
        say("a draw")
        _wave(scene, _drawn_wishes(scene), IN_FLIGHT[1])
        figures = _figures(scene, waves) | _fairness(scene)
    return Report(NAME, figures, AIMS), lambda figure: _draw(figure, waves)


def _open(scene: Scene) -> None:
    """Start the providers, each with every family's file and its two activities."""
    for principal in PROVIDERS:
        opening_people.settle(scene.town, principal, scene.families)
        scene.town.start(principal)
    scene.town.wait_ready(PROVIDERS)
    with scene.town.client("ops") as client:
        for principal, code in PROVIDERS.items():
            offered = [
                opening_people.offer(
                    f"{way}-{code}", code=code, allocation=way, places=count, hours=hours
                )
                for way, count, hours in (
                    (ORDER, PLACES, opening_people.EARLY),
                    (DRAW, DRAW_PLACES, opening_people.LATE),
                )
            ]
            asked = imports.ImportOfferRequest(activities=offered)
            answer = client.ask(imports.import_offer, asked, to=principal, deadline=CALL_SECONDS)
            for way in (ORDER, DRAW):
                scene.groups[principal, way] = answer.groups[f"{way}-{code}"]


def _first_wishes(scene: Scene) -> list[list[Wish]]:
    """Return the families' wishes in as many waves as there are loads; half ask each provider."""
    wishes = list(_wishes(scene, scene.families, ORDER))
    size = len(wishes) // len(IN_FLIGHT)
    return [wishes[at * size : (at + 1) * size] for at in range(len(IN_FLIGHT))]


def _drawn_wishes(scene: Scene) -> list[Wish]:
    one = list(PROVIDERS)[-1]
    return [wish for wish in _wishes(scene, scene.families, DRAW) if wish.principal == one][:DRAWN]


def _wishes(scene: Scene, families: Sequence[Family], way: str) -> Iterator[Wish]:
    principals = list(PROVIDERS)
    for number, one in enumerate(families):
        principal = principals[number % len(principals)]
        channel = CHANNELS[number // len(principals) % len(CHANNELS)]
        yield Wish(principal, scene.groups[principal, way], one.child, channel, one.token)


def _wave(scene: Scene, wishes: Sequence[Wish], in_flight: int) -> Wave:
    """Let all ask at once, the desks entering theirs among them."""
    asked = [wish for wish in wishes if wish.channel == PORTAL]
    portal = scene.town.environment("portal")
    start = time.time() + 2.0
    work = [
        scene.pool.submit(
            opening_clients.ask, portal, asked[at::PROCESSES], in_flight // PROCESSES, start
        )
        for at in range(PROCESSES)
    ]
    for principal in PROVIDERS:
        mine = [w for w in wishes if w.channel != PORTAL and w.principal == principal]
        others = sum(wish.principal == principal for wish in asked)
        if mine:
            desk = scene.town.environment(principal)
            work.append(scene.pool.submit(opening_clients.enter, desk, mine, others))
    done = [each.result() for each in work]
    told = [one for several in done for one in several]
    moments = [(one.at - one.seconds, one.at) for one in told if one.wish.channel == PORTAL]
    begun, ended = min(first for first, _ in moments), max(last for _, last in moments)
    return Wave(in_flight, ended - begun, told)


def _figures(scene: Scene, waves: Sequence[Wave]) -> dict[str, float]:
    told = [one for wave in waves for one in wave.told]
    figures = {
        "requests": float(len(told)),
        "places given": sum(_taken(scene, principal) for principal in PROVIDERS),
        OVER: sum(max(0.0, _taken(scene, principal) - PLACES) for principal in PROVIDERS),
        UNTRUE: float(_untrue(scene, told)),
        "refused or unanswered": float(sum(one.state not in ANSWERED for one in told)),
    }
    for wave in waves:
        cuts = statistics.quantiles([one.seconds for one in wave.asked], n=100)
        figures[f"applications/s, {wave.in_flight} in flight"] = wave.rate
        figures[f"apply p50 ms, {wave.in_flight} in flight"] = cuts[49] * 1000
        figures[f"apply p95 ms, {wave.in_flight} in flight"] = cuts[94] * 1000
    return figures


def _taken(scene: Scene, principal: str) -> float:
    query = "SELECT count(*) FROM place WHERE group_id = ? AND valid_to IS NULL"
    with closing(scene.town.database(principal)) as database:
        (count,) = database.execute(query, (scene.groups[principal, ORDER],)).fetchone()
    return float(count)


def _untrue(scene: Scene, told: Sequence[Told]) -> int:
    """Return how many were told something else than what stands in the provider's database."""
    stored: dict[tuple[str, str], str] = {}
    for principal in PROVIDERS:
        stored |= {(principal, row.child): row.state for row in _rows(scene, principal, ORDER)}
    said = [one for one in told if one.state in ANSWERED]
    return sum(stored[one.wish.principal, one.wish.child] != one.state for one in said)


@dataclass(frozen=True)
class Row:
    """An application as it stands in a provider's database."""

    id: str
    child: str
    channel: str
    state: str


def _rows(scene: Scene, principal: str, way: str) -> list[Row]:
    query = "SELECT id, child_id, channel, state FROM application WHERE group_id = ?"
    with closing(scene.town.database(principal)) as database:
        return [Row(*row) for row in database.execute(query, (scene.groups[principal, way],))]


def _fairness(scene: Scene) -> dict[str, float]:
    """Return what each channel got: as they came, in one draw, and in a thousand."""
    principal = list(PROVIDERS)[-1]
    _really_draw(scene, principal)
    drawn = _rows(scene, principal, DRAW)
    came = [row for each in PROVIDERS for row in _rows(scene, each, ORDER)]
    figures = {}
    for title, rows in (("as they came", came), ("in the draw", drawn)):
        for channel, share in _shares(rows).items():
            figures[f"with a place {title}, {channel} %"] = share * 100
    return figures | {WORST: _replayed(drawn)}


def _really_draw(scene: Scene, principal: str) -> None:
    """Draw as the desk does; its database is the provider's own."""
    scene.town.connect(principal, store)
    store.complete_before_commit(TAKEN, activities_taken.publish_changed_activities)
    store.complete_before_commit(CARDS, cards.publish_changed_cards)
    with store.write() as write:
        group = write.get(Group, scene.groups[principal, DRAW])
        if group is not None:
            allocation.allocate_activity(write, group.activity_id, now(), NAME)


def _shares(rows: Sequence[Row]) -> dict[str, float]:
    asked = Counter(row.channel for row in rows)
    placed = Counter(row.channel for row in rows if row.state in ("accepted", "offered"))
    return {channel: placed[channel] / asked[channel] for channel in sorted(asked)}


def _replayed(rows: Sequence[Row]) -> float:
    """Draw among the same requests with other seeds: the worst channel's share over the best's."""
    moment = now()
    requests = [Request(row.id, moment) for row in rows]
    channel = {row.id: row.channel for row in rows}
    asked, placed = Counter(channel.values()), Counter[str]()
    for seed in range(SEEDS):
        outcome = allocate_places(requests, DRAW, DRAW_PLACES, 0, f"{NAME}-{seed}")
        placed.update(channel[one] for one in outcome.given)
    shares = [placed[each] / asked[each] for each in asked]
    return min(shares) / max(shares)


def _draw(figure: Figure, waves: Sequence[Wave]) -> None:
    rate, waits = figure.subplots(1, 2)
    loads = [wave.in_flight for wave in waves]
    rate.plot(loads, [wave.rate for wave in waves], marker="o")
    rate.set_ylabel("applications per second")
    for share in (50, 95):
        cuts = [
            statistics.quantiles([one.seconds for one in wave.asked], n=100)[share - 1]
            for wave in waves
        ]
        waits.plot(loads, cuts, marker="o", label=f"p{share}")
    waits.set_ylabel("seconds until the answer")
    waits.legend()
    for axes in (rate, waits):
        axes.set_xlabel("requests in flight")
        axes.set_ylim(bottom=0)
