"""
Bills laid out per second and core: typst as billing uses it, beside WeasyPrint and reportlab.

All draw the same bills of invented families, from the same prepared words; typst and WeasyPrint as
tagged PDF/UA-1, reportlab without tags, which it does not make. Processor time counts, not time by
the clock: other processes of the machine do no harm. How long another thread of the same process
waits for its turn says whether an event loop lives on meanwhile.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from bench.contenders import paper_reportlab, paper_weasyprint
from bench.paper import AT, bills
from bench.report import Report, at_least, below
from services.billing.documents.stored_documents import TEMPLATES
from shared.documents import lay_out_pdf

NAME = "pdf"
USUAL, LONG = 8, 32
"""Lines: a month of one child or two, and of a large family."""
TICK = 0.001

Draw = Callable[[Mapping[str, Any]], bytes]

CONTENDERS: Mapping[str, tuple[Draw, int]] = {
    "typst": (lambda data: lay_out_pdf(TEMPLATES / "bill.typ", data, AT), 200),
    "weasyprint": (paper_weasyprint.draw, 15),
    "reportlab, untagged": (paper_reportlab.draw, 60),
}
"""Each with how many bills it draws."""

AIMS = (
    at_least(f"typst, {USUAL} lines: bills per second and core", 100),
    below("typst: longest wait of another thread (ms)", 100),
    below(f"typst, {LONG} lines: bytes of a bill", 180_000),
)


def run(say: Callable[[str], None]) -> tuple[Report, Callable[[Figure], None]]:
    """Measure, and return the report with how to draw it."""
    figures: dict[str, float] = {}
    for name, (draw, count) in CONTENDERS.items():
        for lines in (USUAL, LONG):
            say(f"{name}, {lines} lines")
            figures |= _measure(f"{name}, {lines} lines", draw, bills(count, lines))
    say("another thread meanwhile")
    figures["typst: longest wait of another thread (ms)"] = _longest_wait(bills(40, LONG))
    return Report(NAME, figures, AIMS), lambda figure: _draw(figure, figures)


def _measure(name: str, draw: Draw, papers: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Draw the first to warm up, then all others; the best of two halves counts."""
    size = len(draw(papers[0]))
    half = len(papers) // 2
    seconds = min(_seconds(draw, part) for part in (papers[1 : half + 1], papers[half:]))
    return {f"{name}: bills per second and core": 1 / seconds, f"{name}: bytes of a bill": size}


def _seconds(draw: Draw, papers: Sequence[Mapping[str, Any]]) -> float:
    """Return the processor's seconds for one bill."""
    began = time.process_time()
    for paper in papers:
        draw(paper)
    return (time.process_time() - began) / len(papers)


def _longest_wait(papers: Sequence[Mapping[str, Any]]) -> float:
    """Return the longest time in ms that a thread, which wants to go on every ms, had to wait."""
    draw, _ = CONTENDERS["typst"]
    working = threading.Thread(target=lambda: [draw(paper) for paper in papers])
    working.start()
    longest = 0.0
    while working.is_alive():
        began = time.perf_counter()
        time.sleep(TICK)
        longest = max(longest, time.perf_counter() - began - TICK)
    working.join()
    return longest * 1000


def _draw(figure: Figure, figures: Mapping[str, float]) -> None:
    axes = figure.subplots()
    for shift, lines in ((-0.2, USUAL), (0.2, LONG)):
        values = [
            figures[f"{name}, {lines} lines: bills per second and core"] for name in CONTENDERS
        ]
        places = [place + shift for place in range(len(CONTENDERS))]
        axes.bar(places, values, width=0.4, label=f"{lines} lines")
    axes.set_xticks(range(len(CONTENDERS)), list(CONTENDERS))
    axes.axhline(100, linestyle="--", linewidth=1)
    axes.set_ylabel("bills per second and core")
    axes.legend()
