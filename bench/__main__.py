"""`python -m bench [name …]`: measure, print, and keep the figures beside the instance's data."""

import os
import sys
import time
from collections.abc import Callable
from functools import partial

from matplotlib.figure import Figure
from rich.console import Console
from rich.status import Status

from bench import (
    applying,
    billing,
    consumers,
    desk,
    desk_lists,
    doors,
    fanout,
    figures,
    growth,
    home,
    kitchen,
    live,
    mending,
    numbering,
    opening_day,
    pdf,
    push,
    resync,
    rollcall,
    rpc,
    september,
    tariffs,
    writes,
)
from bench.ground import laying, let_signals_end_benches
from bench.report import Report, Turn, show, show_all, write
from deploy.engines.rabbitmq_node import BrokerError
from deploy.instance.instance import Instance, InstanceError

Bench = Callable[[Callable[[str], None]], tuple[Report, Callable[[Figure], None]]]

BENCHES: dict[str, Bench] = {
    bench.NAME: bench.run
    for bench in (
        rpc,
        fanout,
        writes,
        consumers,
        resync,
        mending,
        home,
        opening_day,
        applying,
        rollcall,
        numbering,
        billing,
        pdf,
        live,
        tariffs,
        doors,
        september,
        desk,
        desk_lists,
        figures,
        kitchen,
        push,
        growth,
    )
}
WHEN_NAMED = frozenset({growth.NAME})
"""Benches that take as long as all others together."""

screen = Console(highlight=False)


def main(names: list[str]) -> int:
    """
    Run the named benches, or all but those that wait to be named; show at last what all read.

    A missed aim is a result, no error. After a bench that breaks the others still run; the last
    table then says so, and the answer is 1.
    """
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"no bench {unknown[0]!r}: there are {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    instance = Instance.from_environment()
    instance.prepare_folders()
    chosen = names or [name for name in BENCHES if name not in WHEN_NAMED]
    turns: list[Turn] = []
    try:
        for name in chosen:
            turns.append(_run(name, instance))
    finally:
        show_all(turns, screen)
    return 0 if all(turn.report for turn in turns) else 1


def _run(name: str, instance: Instance) -> Turn:
    """Run a bench, show and write what it read."""
    begun, laid = time.monotonic(), laying.seconds
    try:
        with screen.status(name) as status:
            report, draw = BENCHES[name](partial(_say, status, name))
    except (BrokerError, InstanceError):
        raise
    except Exception:  # whatever it is: the other benches have nothing to do with it
        screen.print_exception()
        return Turn(name, None, time.monotonic() - begun, laying.seconds - laid)
    turn = Turn(name, report, time.monotonic() - begun, laying.seconds - laid)
    show(report, screen)
    path = write(report, draw, instance.bench_dir)
    screen.print(f"after {turn.seconds:.0f} s, of which {turn.laid:.0f} to lay it: {path}\n")
    return turn


def _say(status: Status, name: str, line: str) -> None:
    status.update(f"{name}: {line}")


if __name__ == "__main__":
    os.environ.pop("PREAU_TOWN", None)  # the benches' towns are their own
    let_signals_end_benches()
    try:
        sys.exit(main(sys.argv[1:]))
    except (BrokerError, InstanceError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
