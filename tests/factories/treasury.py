"""Bills that are late, lots that leave, returns that come: for tests of public finance."""

import csv
import io
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select

from services.billing.bills.queries import bill_cards
from services.billing.ledger.queries.balances import balances_of_bills
from services.billing.models import Lot, LotPiece
from services.billing.models.ledger import TREASURY
from services.billing.service import BillingService
from services.billing.store import store
from services.billing.treasury.commands import lot_transfer
from services.billing.treasury.queries import lots
from services.billing.treasury.rules.bill_for_accountant import debtor_name
from services.billing.treasury.rules.lot_export import Batch
from services.billing.treasury.rules.return_file import COLUMNS, NAME, VERSION
from shared.contracts.billing.regie import treasury as contracts
from shared.dates.clock import now, today
from tests.factories import billing as make
from tests.factories import runs

LATE = {"regie": "ens", "overdue_days": 0, "reminders": 0}
WORK_AT = 3
"""Bills of one chunk: a lot of the tests takes several."""


class Settings:
    """The settings that billing needs for lots."""

    pes_xsd_dir = ""
    key_encryption_key = bytes(range(32))


def late_bills(
    *meals: int, month: str = runs.NOVEMBER, at: datetime = runs.ORDERED, named: bool = True
) -> list[str]:
    """
    Bill one family for each number of meals, long ago; return the bills' ids.

    Who owes them is `named` as the accountant wants it.
    """
    BillingService.settings = Settings()  # type: ignore[assignment]
    year, number = int(month[:4]), int(month[5:])
    for family, count in enumerate(meals, 1):
        runs.family(family)
        runs.meals(family, *(date(year, number, day) for day in range(2, 2 + count)))
    runs.tariff(runs.flat("canteen", runs.MEAL))
    runs.run(month, at=at)
    if named:
        name_debtors()
    return [bill.id for bill in runs.bills()]


def name_debtors(regie: str = "ens") -> None:
    """Write civility, first and last name of all who owe, as a régisseur does before a lot."""
    named = {bill.household_id: debtor_name(bill.payer[0]) for bill in runs.bills()}
    debtors = [
        {
            "household_id": household_id,
            "name": name,
            "civility": contracts.MADAM,
            "first_name": "Claire",
            "last_name": name[: contracts.LONGEST_NAME],
        }
        for household_id, name in named.items()
    ]
    make.ask(make.holder(), contracts.name_debtors, regie=regie, debtors=debtors)


def preview(**more: Any) -> SimpleNamespace:
    return make.ask(make.holder(), contracts.preview_lot, **{**LATE, **more})


def order(**more: Any) -> str:
    """Order the lot that the preview shows; return its id."""
    seen = preview(**more)
    shown = {"bills": seen.bills, "total_cents": seen.total_cents}
    answer = make.ask(make.holder(), contracts.order_lot, **{**LATE, **more, **shown})
    return str(answer.lot_id)


def work(size: int = WORK_AT) -> None:
    """Hand over what was ordered, as the worker does it."""
    while (lot := lot_transfer.next_lot(store)) is not None:
        lot_transfer.hand_over_next_bills(store, lot, size)


def handed_over(**more: Any) -> str:
    """Order a lot and let it leave; return its id."""
    lot_id = order(**more)
    work()
    return lot_id


def batch(lot_id: str) -> Batch:
    with store.read() as read:
        return lots.lot_content_for_files(read, read.get_one(Lot, lot_id))


def pieces(lot_id: str) -> list[LotPiece]:
    rows = select(LotPiece).where(LotPiece.lot_id == lot_id).order_by(LotPiece.position)
    with store.read() as read:
        return list(read.scalars(rows))


def owed_there(invoice_id: str) -> int:
    with store.read() as read:
        return balances_of_bills(read, [invoice_id], TREASURY)[invoice_id]


def shown(household_id: str, invoice_id: str) -> dict[str, Any]:
    """Return a bill as the household's card tells it."""
    with store.read() as read:
        card = bill_cards.card_contents_by_household(read, "ens", [household_id], now())[
            household_id
        ]
    return next(bill for bill in card["bills"] if bill["invoice_id"] == invoice_id)


def card(household_id: str) -> dict[str, Any]:
    with store.read() as read:
        return dict(
            bill_cards.card_contents_by_household(read, "ens", [household_id], now())[household_id]
        )


def return_file(*rows: dict[str, Any]) -> str:
    """Return a return file in CSV; each row has at least kind and debt."""
    out = io.StringIO()
    written = csv.DictWriter(out, COLUMNS, delimiter=";", restval="")
    written.writeheader()
    for number, row in enumerate(rows, 1):
        written.writerow({"format": NAME, "version": VERSION, "key": f"r{number}", **row})
    return out.getvalue()


def receipt(debt: str, cents: int, day: date | None = None, **more: Any) -> dict[str, Any]:
    on = day or today() - timedelta(days=1)
    return {"kind": "receipt", "debt": debt, "cents": cents, "date": on.isoformat(), **more}


def read(*rows: dict[str, Any], regie: str = "ens") -> SimpleNamespace:
    """Read a return of these rows as the régisseur."""
    content = return_file(*rows)
    return make.ask(make.holder(), contracts.read_return, regie=regie, content=content)
