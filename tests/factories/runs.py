"""Families with something to be billed, tariffs, and runs: told to billing as the bus tells it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from services.billing.accounts.commands import received_households
from services.billing.jobs.runs import work_on_next_run
from services.billing.ledger.queries.balances import balances_of_bills, credits_of_households
from services.billing.models import (
    Household,
    HouseholdChild,
    HouseholdWord,
    Invoice,
    InvoiceLine,
    RunHousehold,
    ToBill,
)
from services.billing.quantities.commands import received_sheets, received_tariffs
from services.billing.runs.commands import opening
from services.billing.runs.queries.progress import total_of_run
from services.billing.store import store
from shared.contracts.dossier import guardians
from shared.contracts.enrolment import attendance
from shared.contracts.enrolment import tariffs as tariff_contracts
from shared.register import Register
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories.register import demo_rows

AGENT = "00000000-0000-7000-8000-00000000a9e0"
NOVEMBER, DECEMBER, JANUARY = "2026-11", "2026-12", "2027-01"
OPENED = datetime(2026, 12, 2, 8, 0, tzinfo=UTC)
ORDERED = datetime(2026, 12, 2, 9, 30, tzinfo=UTC)

MEAL = 350
"""Cents of a canteen meal in the tests' own grid, whatever the quotient."""


@contextmanager
def billing_on(
    database: Database, folder: Path, town: Mapping[str, Any] = {}, **regie: Any
) -> Iterator[None]:
    """
    Give billing's store of the demo town; `regie` changes the régies of the school service.

    `town` adds what the town's own file may say besides.
    """
    database.migrated("billing")
    register = demo_rows()
    register["town"].update(town)
    for provider in register["providers"]:
        for entry in provider["regies"]:
            entry.update(regie)
    path = folder / "register.json"
    path.write_text(json.dumps(register))
    store.connect(database.url, Register(path))
    try:
        yield
        words_follow_names()
    finally:
        store.close()


def words_follow_names() -> None:
    """Whatever a test has done, who has a name is found by it, and nothing is left of others."""
    with store.read() as read:
        named = (
            *read.execute(select(Household.id, Household.sought)),
            *read.execute(select(HouseholdChild.household_id, HouseholdChild.sought)),
        )
        kept = set(read.execute(select(HouseholdWord.household_id, HouseholdWord.word)))
    assert kept == {(who, word) for who, sought in named for word in sought.split()}


def home(number: int) -> str:
    """Return the id of one of many households; they sort by number."""
    return f"00000000-0000-7000-8000-1{number:011}"


def child(number: int) -> str:
    """Return the id of a household's child."""
    return f"00000000-0000-7000-8000-2{number:011}"


def family(
    number: int, *, insee: str = "28901", children: int = 1, first_name: str = "Enfant"
) -> str:
    """Let the dossier tell a household with an address; return its id."""
    content = {
        "household_id": home(number),
        "version": 1,
        "guardians": [{"subject": child(500_000 + number), "name": f"Famille {number}"}],
        "children": [
            {
                "child_id": child(number * 10 + at),
                "first_name": f"{first_name} {at}",
                "last_name": f"Famille {number}",
                "birth_date": date(2018, 1, 1 + at),
            }
            for at in range(children)
        ],
        "addresses": [
            {
                "valid_from": date(2020, 1, 1),
                "street": f"{number} rue des Lilas",
                "postcode": "28901",
                "insee": insee,
                "commune": "Démonstration",
            }
        ],
    }
    event = guardians.household_changed
    with store.write() as write:
        received_households.record_household(
            write, event.load(event.dump(content)), date(2026, 12, 1)
        )
    return home(number)


def flat(activity: str, cents: int, **more: Any) -> Mapping[str, Any]:
    """Return a tariff of one price for everybody."""
    band = {"from_cents": 0, "to_cents": None, "price": {"kind": "flat", "cents": cents}}
    return banded(activity, [band], **more)


def by_quotient(activity: str, limit: int, below: int, above: int) -> Mapping[str, Any]:
    """Return a tariff of two bands."""
    low = {"from_cents": 0, "to_cents": limit, "label": "T1", "price": _flat(below)}
    high = {"from_cents": limit, "to_cents": None, "label": "T2", "price": _flat(above)}
    return banded(activity, [low, high])


def banded(
    activity: str, bands: Sequence[Any], proration: str = "whole", **more: Any
) -> Mapping[str, Any]:
    """Return a tariff with these bands for everybody, since September."""
    part = {
        "label": "Repas",
        "tax": "food",
        "budget": "7067",
        "columns": [{"residences": ["all"], "bands": list(bands)}],
    }
    grid = {
        "valid_from": date(2026, 9, 1),
        "valid_to": None,
        "decision": "délibération du 2 juin 2026",
        "proration": proration,
        "parts": [part],
    }
    return {
        "activity": activity,
        "label": "Restauration scolaire",
        "unit": "session",
        "residences": ["all"],
        "grids": [grid],
        **more,
    }


def _flat(cents: int) -> Mapping[str, Any]:
    return {"kind": "flat", "cents": cents}


def tariff(content: Mapping[str, Any] | None, provider: str = "ens", version: int = 1) -> None:
    """Let a provider announce a tariff, or everybody's residence class with it."""
    code = content["activity"] if content else "canteen"
    event = tariff_contracts.tariff_published
    schema = tariff_contracts.tariff_schema
    loaded = schema.load(json.loads(json.dumps(content, default=str))) if content else None
    received = event.load(event.dump(event.content(code, version, loaded)))
    with store.write() as write:
        received_tariffs.record_tariff(write, store.register.provider(provider), received, OPENED)
        _everybody(write, provider)


def _everybody(write: Any, provider: str) -> None:
    event = tariff_contracts.residences_published
    content = {
        "version": 1,
        "classes": [{"code": "all", "label": "Tous"}],
        "elsewhere": "all",
        "communes": [],
    }
    received = event.load(event.dump(event.content(**content)))
    received_tariffs.record_residences(write, store.register.provider(provider), received, OPENED)


def sheet(
    day: date,
    *children: tuple[str, str, str],
    session_id: str = "",
    version: int = 1,
    provider: str = "ens",
    activity: str = "canteen",
    late: bool = False,
) -> str:
    """Let a provider tell a closed group: (household, child, outcome) entry; return its session."""
    session = session_id or new_id()
    content = {
        "session_id": session,
        "version": version,
        "activity": activity,
        "group_id": session,
        "day": day,
        "late": late,
        "closed_at": datetime(day.year, day.month, day.day, 17, tzinfo=UTC),
        "lines": [
            {
                "household_id": household_id,
                "child_id": child_id,
                "outcome": outcome,
                "quantity": 0 if outcome == "excused" else 1,
            }
            for household_id, child_id, outcome in children
        ],
    }
    event = attendance.attendance_recorded
    with store.write() as write:
        received_sheets.record_attendance_sheet(
            write, store.register.provider(provider), event.load(event.dump(content)), OPENED
        )
    return session


def meals(number: int, *days: date, **more: Any) -> list[str]:
    """Let a family's child eat on some days; return the sessions."""
    return [sheet(day, (home(number), child(number * 10), "present"), **more) for day in days]


def november(*days: int) -> list[date]:
    """Return days of November 2026."""
    return [date(2026, 11, day) for day in days]


def open_run(month: str = NOVEMBER, regie: str = "ens", at: datetime = OPENED) -> str:
    """Open a run; return its id."""
    provider, _ = store.register.provider_and_regie(regie)
    with store.write() as write:
        return opening.begin_run(write, provider.code, regie, month, reason="", by=AGENT, at=at)


def work(size: int = 2) -> None:
    """Do what runs there are to do, as the worker does it."""
    while work_on_next_run(store, size):
        pass


def order(run_id: str, at: datetime = ORDERED) -> None:
    """Order a drafted run to be issued, with the total that it has."""
    with store.write() as write:
        total = total_of_run(write, run_id)
        condition = opening.BillingRun.id == run_id
        provider = write.scalars(select(opening.BillingRun.provider).where(condition)).one()
        opening.order_issue_of_run(write, provider, run_id, total_cents=total, by=AGENT, at=at)


def run(month: str = NOVEMBER, regie: str = "ens", at: datetime = ORDERED) -> str:
    """Draft and issue a month; return the run's id."""
    run_id = open_run(month, regie, at)
    work()
    order(run_id, at)
    work()
    return run_id


def states(run_id: str) -> dict[str, str]:
    """Return by household how it stands in a run."""
    rows = select(RunHousehold.household_id, RunHousehold.state)
    with store.read() as read:
        of_run = read.execute(rows.where(RunHousehold.run_id == run_id))
        return dict(of_run.all())


def row(run_id: str, household_id: str) -> RunHousehold:
    """Return a household's part of a run."""
    with store.read() as read:
        return read.get_one(RunHousehold, (run_id, household_id))


def bills(household_id: str = "") -> list[Invoice]:
    """Return issued bills in the order of their numbers."""
    rows = select(Invoice).order_by(Invoice.regie, Invoice.fiscal_year, Invoice.sequence)
    if household_id:
        rows = rows.where(Invoice.household_id == household_id)
    with store.read() as read:
        return list(read.scalars(rows))


def lines(invoice_id: str) -> list[InvoiceLine]:
    """Return the lines of a bill."""
    rows = select(InvoiceLine).where(InvoiceLine.invoice_id == invoice_id)
    with store.read() as read:
        return list(read.scalars(rows.order_by(InvoiceLine.seq)))


def to_bill() -> set[tuple[str, str]]:
    """Return the households and months that wait to be billed."""
    with store.read() as read:
        rows = read.execute(select(ToBill.household_id, ToBill.month)).all()
    return {(row.household_id, row.month) for row in rows}


def balance(bill: Invoice) -> int:
    """Return what is still owed of a bill, in cents."""
    with store.read() as read:
        return balances_of_bills(read, [bill.id])[bill.id]


def credit_of(number: int, regie: str = "ens") -> int:
    """Return what a family has too much at a régie, in cents."""
    with store.read() as read:
        return credits_of_households(read, regie, [home(number)])[home(number)]
