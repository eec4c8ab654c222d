"""
Time until a change is with all who need it: from the dossier's commit to the providers' replicas.

A guardian changes a telephone number; the care core of the child then changes at 1, 4 or 20
providers, and the last of them counts. Meanwhile fifty changes a second run in the town, most of
them in the demo's families as they are linked. They come by the clock, whether earlier ones are
done or not: a service that falls behind is seen to fall behind. What the town carries when every
change goes to so many providers is measured beside it, by changing many children at once.

At last the broker is killed amid such changes: what was committed before has to be everywhere soon
after its return.
"""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle, product

from matplotlib.figure import Figure

from bench import families
from bench.changes import SECTION, Change, Writer
from bench.families import Child
from bench.ground import ground
from bench.guardians import introduce
from bench.replicas import Replicas, commits
from bench.report import Report, at_least, below
from bench.town import Town, club_codes

NAME = "fanout"
PROVIDERS = (1, 4, 20)
PER_SECOND = 50.0
ROUNDS, SECONDS = 2, 10.0
EVERY = 10
"""One change in so many is of a child at 1, 4 or 20 clubs: five a second."""

FOLLOWED, AROUND = 40, 200
"""Children of each number of clubs, and of the demo's families around them."""

PROJECTION = "care_core"
WAIT_SECONDS = 60.0
"""Time for the last changes of a turn to be everywhere; after it they count as never seen."""

AT_ONCE = 10_000.0
AMID = 0.4
"""Share of the time for all changes at once after which the broker is killed amid them."""

KEPT_UP = 0.98
ON_THEIR_WAY = "on their way when the broker died"

AIMS = (
    *(below(f"commit to visible at {count}, p95 s", 1.0) for count in PROVIDERS),
    at_least("changes/s", PER_SECOND * KEPT_UP),
    at_least(ON_THEIR_WAY, 1),
    below("broker's return to visible, s", 10.0),
)


@dataclass
class Found:
    """Result of one number of providers, over all rounds; waits are in seconds."""

    from_commit: list[float] = field(default_factory=list)
    from_due: list[float] = field(default_factory=list)
    carried: list[float] = field(default_factory=list)


@dataclass
class Scene:
    """The town with its people, and what is found out about it."""

    town: Town
    writer: Writer
    replicas: Replicas
    followed: Mapping[int, Sequence[Child]]
    around: Sequence[Child]
    found: dict[int, Found] = field(default_factory=lambda: {n: Found() for n in PROVIDERS})
    rates: list[float] = field(default_factory=list)
    refused: int = 0
    never_seen: int = 0
    after_return: list[float] = field(default_factory=list)


def run(say: Callable[[str], None]) -> tuple[Report, Callable[[Figure], None]]:
    """Measure, and return the report with how to draw it."""
    clubs = club_codes(max(PROVIDERS))
    with ground() as here:
        say(f"a town of {len(clubs)} clubs more")
        town = Town(here, clubs=len(clubs))
        principals = ["dossier", *(f"enrolment_{code}" for code in ("ens", "agg", *clubs))]
        for principal in principals:
            town.start(principal)
        town.wait_ready(principals)
        say("families")
        followed = {n: families.load(town, FOLLOWED, f"{n}-", clubs[:n]) for n in PROVIDERS}
        around = families.load(town, AROUND, "demo-")
        everybody = [*around, *(child for some in followed.values() for child in some)]
        tokens = introduce(town, (child.guardian for child in everybody))
        with town.client("portal") as client, Replicas(town, _clubs(20), PROJECTION) as replicas:
            scene = Scene(town, Writer(client, tokens), replicas, followed, around)
            _play(scene, say)
    return Report(NAME, _figures(scene), AIMS), lambda figure: _draw(figure, scene.found)


def _play(scene: Scene, say: Callable[[str], None]) -> None:
    for count, children in scene.followed.items():
        _wait_for_all(scene.replicas, count, [Change(child, 0.0, 1) for child in children])
    for number, count in product(range(ROUNDS), PROVIDERS):
        say(f"round {number + 1} of {ROUNDS}: {count} providers")
        _follow(scene, count)
        _carry(scene, count)
    say("without a broker")
    _lose_the_broker(scene)


def _follow(scene: Scene, count: int) -> None:
    """Run the town's changes by the clock, and see when those of the followed children arrive."""
    some, others = cycle(scene.followed[count]), cycle(scene.around)
    turns = range(int(PER_SECOND * SECONDS))
    done, refused = scene.writer.run(
        [next(some if turn % EVERY == 0 else others) for turn in turns], PER_SECOND
    )
    known = {child.id for child in scene.followed[count]}
    followed = [change for change in done if change.child.id in known]
    _wait_for_all(scene.replicas, count, followed)
    committed = commits(scene.town, SECTION)
    last = max(committed[change.child.id, change.version] for change in done)
    scene.refused += refused
    scene.rates.append(len(done) / max(SECONDS, last - done[0].due))
    for change in followed:
        seen = _seen_by_all(scene.replicas, count, change)
        scene.never_seen += seen is None
        seen = seen or time.time()
        commit = committed[change.child.id, change.version]
        scene.found[count].from_commit.append(seen - commit)
        scene.found[count].from_due.append(seen - change.due)


def _carry(scene: Scene, count: int) -> None:
    """Change all followed children at once, and note how many changes a second were carried."""
    done, refused = scene.writer.run(scene.followed[count], AT_ONCE)
    scene.refused += refused
    _wait_for_all(scene.replicas, count, done)
    seen = [_seen_by_all(scene.replicas, count, change) or time.time() for change in done]
    scene.found[count].carried.append(len(done) / (max(seen) - done[0].due))


def _lose_the_broker(scene: Scene) -> None:
    """Kill the broker amid changes; note how long after its return each was everywhere."""
    count = max(PROVIDERS)
    children = scene.followed[count]
    whole = len(children) / statistics.median(scene.found[count].carried)
    known = set(commits(scene.town, SECTION))
    with ThreadPoolExecutor(1) as aside:
        changing = aside.submit(scene.writer.run, children, AT_ONCE)
        time.sleep(whole * AMID)
        returned = scene.town.broker_returns()
        changing.result()  # those that got no answer may be committed all the same
    by_id = {child.id: child for child in children}
    before = [
        Change(by_id[child_id], moment, version)
        for (child_id, version), moment in commits(scene.town, SECTION).items()
        if (child_id, version) not in known and moment < returned and child_id in by_id
    ]
    _wait_for_all(scene.replicas, count, before)
    for change in before:
        seen = _seen_by_all(scene.replicas, count, change)
        scene.never_seen += seen is None
        if seen is None or seen > returned:
            scene.after_return.append((seen or time.time()) - returned)


def _wait_for_all(replicas: Replicas, count: int, changes: Sequence[Change]) -> None:
    """Wait until all is seen everywhere, or for as long as is bearable."""
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        if all(_seen_by_all(replicas, count, change) for change in changes):
            return
        time.sleep(0.1)


def _seen_by_all(replicas: Replicas, count: int, change: Change) -> float | None:
    """Return when the last provider had it; section and projection count alike from the import."""
    moments = [
        replicas.seen_at(principal, change.child.id, change.version) for principal in _clubs(count)
    ]
    return None if None in moments else max(moment for moment in moments if moment)


def _clubs(count: int) -> list[str]:
    return [f"enrolment_{code}" for code in club_codes(count)]


def _figures(scene: Scene) -> dict[str, float]:
    figures = {
        "changes/s": statistics.median(scene.rates),
        "refused": float(scene.refused),
        "never seen": float(scene.never_seen),
        ON_THEIR_WAY: float(len(scene.after_return)),
        "broker's return to visible, s": max(scene.after_return, default=0.0),
    }
    for count, each in scene.found.items():
        for name, share in (("p50", 50), ("p95", 95), ("p99", 99)):
            figures[f"commit to visible at {count}, {name} s"] = _quantile(each.from_commit, share)
        figures[f"due to visible at {count}, p95 s"] = _quantile(each.from_due, 95)
    for count, each in scene.found.items():
        figures[f"changes/s carried, all at {count}"] = statistics.median(each.carried)
    return figures


def _quantile(waits: Sequence[float], share: int) -> float:
    return statistics.quantiles(waits, n=100)[share - 1]


def _draw(figure: Figure, found: Mapping[int, Found]) -> None:
    axes = figure.subplots()
    for count, each in found.items():
        waits = sorted(each.from_commit)
        shares = [(place + 1) / len(waits) for place in range(len(waits))]
        axes.step(waits, shares, label=f"{count} providers", where="post")
    axes.axvline(1.0, linestyle="--", color="grey")
    axes.set_xscale("log")
    axes.set_xlabel("seconds from commit until the last provider has it")
    axes.set_ylabel("share of changes")
    axes.set_title(f"{PER_SECOND:g} changes per second")
    axes.legend()
