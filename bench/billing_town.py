"""A town of many families with a month to be billed, written straight into billing's database."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from deploy.register.compiler import compile_register
from deploy.register.town_file.town import read_town
from services.billing.models import (
    Address,
    Counted,
    Household,
    HouseholdChild,
    Quotient,
    ResidenceVersion,
    TariffVersion,
    ToBill,
)
from services.billing.store import store
from shared.contracts.enrolment import tariffs as contracts
from shared.database import Write
from shared.database.bulk_rows import insert_rows
from shared.register import Register

TOWN = Path(__file__).resolve().parents[1] / "deploy" / "towns" / "demo.yaml"
REGIE = "ens"
ACTIVITIES = ("canteen", "evening_care", "morning_care", "wednesday")
CHILDREN, DAYS_PRESENT, DAYS_ABSENT = 2, 3, 1
LINES = CHILDREN * len(ACTIVITIES) * 2 * 2
"""Of each child and activity two parts, present and absent: 32."""

TOLD = datetime(2026, 9, 1, tzinfo=UTC)
AT_ONCE = 2_000


def register(folder: Path) -> Register:
    """Return the demo town's register, its school service with four activities to be paid for."""
    compiled = compile_register(read_town(TOWN), [], {})
    for provider in compiled["providers"]:
        for regie in provider["regies"]:
            if regie["code"] == REGIE:
                regie["activities"] = list(ACTIVITIES)
    path = folder / "register.json"
    path.write_text(json.dumps(compiled))
    return Register(path)


def settle(families: int, month: str) -> None:
    """Let so many families live in the town and use everything in a month."""
    with store.write() as write:
        _tariffs(write)
    for start in range(0, families, AT_ONCE):
        some = range(start, min(families, start + AT_ONCE))
        with store.write() as write:
            _families(write, some)
            _month(write, some, month)


def _tariffs(write: Write) -> None:
    rows = [
        {
            "provider": REGIE,
            "tariff": activity,
            "version": 1,
            "content": contracts.tariff_schema.dump(
                contracts.tariff_schema.load(_tariff(activity))
            ),
            "received_at": TOLD,
        }
        for activity in ACTIVITIES
    ]
    write.execute(insert(TariffVersion), rows)
    content: dict[str, Any] = {
        "classes": [{"code": "all", "label": "Tous"}],
        "elsewhere": "all",
        "communes": [],
    }
    row = {"provider": REGIE, "version": 1, "content": content, "received_at": TOLD}
    write.execute(insert(ResidenceVersion), [row])


def _tariff(activity: str) -> dict[str, Any]:
    """Return a tariff of eight bands, food and supervision apart."""
    limits = [0, *range(30_000, 100_000, 10_000), None]
    bands = [
        {
            "from_cents": low,
            "to_cents": high,
            "label": f"Tranche {place}",
            "price": {"kind": "flat", "cents": 60 + 40 * place},
        }
        for place, (low, high) in enumerate(pairwise(limits), 1)
    ]
    parts = [
        {
            "label": label,
            "tax": tax,
            "budget": budget,
            "columns": [{"residences": ["all"], "bands": bands}],
            "sibling_percent": [10],
        }
        for label, tax, budget in (("Repas", "food", "7067"), ("Encadrement", "childcare", "7066"))
    ]
    grid = {
        "valid_from": "2026-09-01",
        "valid_to": None,
        "decision": "délibération",
        "parts": parts,
    }
    return {
        "activity": activity,
        "label": activity.replace("_", " "),
        "unit": "session",
        "residences": ["all"],
        "grids": [grid],
    }


def household(number: int) -> str:
    """Return the id of a family."""
    return f"0198f5a0-0000-7000-8000-{number:012x}"


def child(number: int, place: int) -> str:
    """Return the id of a child of a family."""
    return f"0198f5a1-0000-7000-8000-{number * CHILDREN + place:012x}"


def _families(write: Write, numbers: range) -> None:
    names = [f"Famille {number}" for number in numbers]
    homes = [household(number) for number in numbers]
    insert_rows(
        write,
        Household,
        ("id", "version", "payer", "sought"),
        [(home, 1, name, name.lower()) for home, name in zip(homes, names, strict=True)],
    )
    insert_rows(
        write,
        HouseholdChild,
        ("household_id", "child_id", "first_name", "last_name", "birth_date"),
        [
            (household(number), child(number, at), f"Enfant {at}", "Famille", date(2018, 1, 1 + at))
            for number in numbers
            for at in range(CHILDREN)
        ],
    )
    insert_rows(
        write,
        Address,
        ("household_id", "valid_from", "street", "postcode", "insee", "commune"),
        [(home, TOLD.date(), "1 rue des Lilas", "28901", "28901", "Essai") for home in homes],
    )
    insert_rows(
        write,
        Quotient,
        ("id", "household_id", "cents", "kind", "source", "valid_from", "recorded_at"),
        [
            (home, home, 20_000 + number % 100 * 1_000, "caf", "checked", TOLD.date(), TOLD)
            for number, home in zip(numbers, homes, strict=True)
        ],
    )


def _month(write: Write, numbers: range, month: str) -> None:
    columns = (
        "provider", "session_id", "child_id", "regie", "household_id", "month", "day", "activity",
        "outcome", "quantity", "planned_minutes", "variant",
    )  # fmt: skip
    rows = [row for number in numbers for row in _counted(number, month)]
    insert_rows(write, Counted, columns, rows)
    waiting = [(REGIE, household(number), month, 1) for number in numbers]
    insert_rows(write, ToBill, ("regie", "household_id", "month", "touched"), waiting)


def _counted(number: int, month: str) -> Iterator[tuple[Any, ...]]:
    year, month_number = map(int, month.split("-"))
    outcomes = ["present"] * DAYS_PRESENT + ["absent"] * DAYS_ABSENT
    for place, activity in enumerate(ACTIVITIES):
        for at in range(CHILDREN):
            for day, outcome in enumerate(outcomes, 1):
                group = f"{month_number:02d}{day:02d}{number // 100:08d}"
                session = f"0198f5a2-0000-7000-{8000 + place:04d}-{group}"
                yield (
                    REGIE, session, child(number, at), REGIE, household(number), month,
                    date(year, month_number, day), activity, outcome, 1, 0, "",
                )  # fmt: skip
