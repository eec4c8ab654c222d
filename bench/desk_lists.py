"""
A list of a desk as a spreadsheet: 1,500 children who are expected on a day, again and again.

Years of places that ended lie behind them; each file leaves its lines for the read log.
"""

import io
import statistics
import time
from collections.abc import Callable
from datetime import date

import openpyxl
import requests
from matplotlib.figure import Figure
from sqlalchemy import insert, select

from bench.canteen import Canteen, canteen, signs_in_as_lead
from bench.report import Report, below
from services.enrolment.models import Place, Session
from services.enrolment.store import store
from shared.dates.clock import today
from shared.runtime.ids import new_id

NAME = "desk-lists"
GROUPS, CHILDREN, TIMES = 15, 100, 12
YEARS = 6

AIMS = (
    below("children as XLSX p95 ms", 1_000),
    below("expected as XLSX p95 ms", 1_000),
    below("children as XLSX p95 ms, 6 years behind", 1_000),
)


def run(say: Callable[[str], None]) -> tuple[Report, Callable[[Figure], None]]:
    """Measure, and return the report with how to draw it."""
    with canteen(GROUPS, CHILDREN) as made:
        agent, base = signs_in_as_lead(), made.devices[0].address
        waits = {}
        for name, path in (("children", "/enfants"), ("expected", "/effectifs/enfants")):
            say(name)
            waits[f"{name} as XLSX"] = _opened(agent, f"{base}{path}?fichier=xlsx")
        say(f"children, {YEARS} years behind")
        _add_past_places(made)
        behind = _opened(agent, f"{base}/enfants?fichier=xlsx")
        waits["children, 6 years"] = behind
    figures = {
        **{f"{name} p95 ms": _p95(waits[name]) for name in waits if name.endswith("XLSX")},
        "children as XLSX p95 ms, 6 years behind": _p95(behind),
        "rows": float(GROUPS * CHILDREN),
    }
    return Report(NAME, figures, AIMS), lambda figure: _draw(figure, waits)


def _opened(agent: requests.Session, address: str) -> list[float]:
    waits = []
    for at in range(TIMES + 2):
        begun = time.perf_counter()
        answer = agent.get(address, timeout=60)
        if at >= 2:  # the first ones warm up
            waits.append((time.perf_counter() - begun) * 1000)
        assert answer.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None and sheet.max_row == GROUPS * CHILDREN + 1
    return waits


def _add_past_places(made: Canteen) -> None:
    """Give each child a place in each of the years that are over."""
    with store.write() as write:
        for session_id, children in made.booked.items():
            group_id = write.scalars(select(Session.group_id).filter_by(id=session_id)).one()
            for year in range(today().year - YEARS, today().year):
                rows = [_place(child_id, group_id, year) for child_id in children]
                write.execute(insert(Place), rows)


def _place(child_id: str, group_id: str, year: int) -> dict[str, object]:
    return {
        "id": new_id(),
        "child_id": child_id,
        "group_id": group_id,
        "weekdays": "",
        "valid_from": date(year - 1, 9, 1),
        "valid_to": date(year, 7, 5),
    }


def _p95(waits: list[float]) -> float:
    return statistics.quantiles(waits, n=20)[-1]


def _draw(figure: Figure, waits: dict[str, list[float]]) -> None:
    axes = figure.subplots()
    axes.boxplot(list(waits.values()), tick_labels=list(waits))
    axes.set_ylabel("ms until the file is there")
    axes.set_title(f"a list of {GROUPS * CHILDREN} children as a spreadsheet")
