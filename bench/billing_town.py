"""A town of many families with a month to be billed, written straight into billing's database."""

import json
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import column, insert, literal, select, true, values

from bench.ground import laying
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
from services.billing.payers.commands.household_words import index_households
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
"""Lines of a bill: two parts, each present and absent, of each child and activity: 32."""

TOLD = datetime(2026, 9, 1, tzinfo=UTC)
AT_ONCE, IN_GROUP = 2_000, 100
"""Families of one transaction, and those whose children are in the same sessions."""

_SESSION = [
    column(name, Counted.__table__.c[name].type)
    for name in ("session_id", "day", "activity", "outcome")
]


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


@laying
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
        ("household_id", "child_id", "first_name", "last_name", "birth_date", "sought"),
        [
            (
                *(household(number), child(number, at), f"Enfant {at}", "Famille"),
                *(date(2018, 1, 1 + at), f" enfant {at} famille"),
            )
            for number in numbers
            for at in range(CHILDREN)
        ],
    )
    index_households(write, homes)
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
    """Let all children come to the sessions of their group: rows that the database itself makes."""
    for first in range(numbers.start, numbers.stop, IN_GROUP):
        several = range(first, min(numbers.stop, first + IN_GROUP))
        lives = HouseholdChild.household_id.between(household(several[0]), household(several[-1]))
        meets = values(*_SESSION).data(_sessions(first // IN_GROUP, month))
        sessions = meets.cte("sessions")
        said = {
            "provider": literal(REGIE),
            "regie": literal(REGIE),
            "month": literal(month),
            "quantity": literal(1),
            "planned_minutes": literal(0),
            "variant": literal(""),
            "child_id": HouseholdChild.child_id,
            "household_id": HouseholdChild.household_id,
            **dict(sessions.c),
        }
        rows = select(*said.values()).join(sessions, true()).where(lives)
        write.execute(insert(Counted).from_select(list(said), rows))
    waiting = [(REGIE, household(number), month, 1) for number in numbers]
    insert_rows(write, ToBill, ("regie", "household_id", "month", "touched"), waiting)


def _sessions(group: int, month: str) -> list[tuple[str, date, str, str]]:
    """Return the sessions of a group of families in a month."""
    year, month_number = map(int, month.split("-"))
    outcomes = ["present"] * DAYS_PRESENT + ["absent"] * DAYS_ABSENT
    return [
        (
            f"0198f5a2-0000-7000-{8000 + place:04d}-{month_number:02d}{day:02d}{group:08d}",
            date(year, month_number, day),
            activity,
            outcome,
        )
        for place, activity in enumerate(ACTIVITIES)
        for day, outcome in enumerate(outcomes, 1)
    ]
