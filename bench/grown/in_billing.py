"""Billing rows of a grown town: payers, bills of months, money, cheques, a lot, disputes."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from bench.grown.people import Home
from services.billing.ledger.commands import entries as ledger
from services.billing.ledger.rules.new_entry_and_its_id import Move, NewEntry
from services.billing.models import (
    Address,
    Counted,
    Dispute,
    Household,
    HouseholdChild,
    HouseholdGuardian,
    Invoice,
    InvoiceLine,
    Lot,
    LotPiece,
    Payment,
    Quotient,
    TaxCertificate,
    ToBill,
)
from services.billing.models.ledger import RECEIVABLE
from services.billing.payers.commands.household_words import index_households
from services.billing.store import store
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from shared.text import searchable_text

REGIE = "ens"
MONTHS = 4
CHEQUES, SUSPENSE, DISPUTES, CERTIFICATES, PIECES = 2_000, 400, 300, 5_000, 2_500
FIRST_NUMBER = 100_000
"""Far from the numbers that the demonstration's own bills have."""
CENTS = 4_321
AT_ONCE = 5_000
CODES = {"nature": "7067", "function": "251", "service": "", "product": "CANT"}
LINE = {"label": "Repas", "cents": CENTS, **CODES}

Rows = list[dict[str, Any]]


def fill(homes: Sequence[Home], agent: str) -> None:
    """Let these households owe, pay, and wait for the next run."""
    _known(homes)
    bills = list(_bills(homes))
    _owed(bills)
    _paid(bills, agent)
    _cheques(homes, agent)
    _rest(homes, bills, agent)


def _write(*kinds: tuple[Any, Rows]) -> None:
    with store.write() as write:
        for table, rows in kinds:
            for start in range(0, len(rows), AT_ONCE):
                some = rows[start : start + AT_ONCE]
                write.execute(write.upsert_into(table).on_conflict_do_nothing(), some)


def _payer(home: Home) -> str:
    return " et ".join(name for _, name in home.adults)


def _known(homes: Sequence[Home]) -> None:
    since = today() - timedelta(days=900)
    where = {"valid_from": since, "street": "12 rue des Lilas", "postcode": "28901"}
    town = {"insee": "28901", "commune": "Démonstration"}
    said = {"kind": "caf", "source": "declared", "valid_from": since, "recorded_at": now()}
    _write(
        (
            Household,
            [
                {"id": one.id, "version": 1, "payer": payer, "sought": searchable_text(payer)}
                for one in homes
                for payer in [_payer(one)]
            ],
        ),
        (
            HouseholdGuardian,
            [
                {"household_id": one.id, "subject": who, "name": name}
                for one in homes
                for who, name in one.adults
            ],
        ),
        (
            HouseholdChild,
            [
                {
                    "household_id": one.id,
                    "child_id": child.id,
                    "first_name": child.first_name,
                    "last_name": child.last_name,
                    "birth_date": child.birth_date,
                    "sought": searchable_text(f"{child.first_name} {child.last_name}"),
                }
                for one in homes
                for child in one.children
            ],
        ),
        (Address, [{"household_id": one.id, **where, **town} for one in homes]),
        (
            Quotient,
            [
                {"id": new_id(), "household_id": one.id, "cents": 50_000 + one.place, **said}
                for one in homes
            ],
        ),
    )
    with store.write() as write:
        index_households(write, [one.id for one in homes])


def _month(back: int) -> str:
    first = today().replace(day=1)
    for _ in range(back):
        first = (first - timedelta(days=1)).replace(day=1)
    return f"{first:%Y-%m}"


def _bills(homes: Sequence[Home]) -> Iterator[tuple[Home, dict[str, Any]]]:
    """Give each household a bill of each of the last months, the oldest first."""
    number = FIRST_NUMBER
    for back in range(MONTHS, 0, -1):
        issued = today() - timedelta(days=30 * back - 20)
        for home in homes:
            number += 1
            yield (
                home,
                {
                    "id": new_id(),
                    "kind": "invoice",
                    "provider": "ens",
                    "regie": REGIE,
                    "number": f"{number:014}",
                    "fiscal_year": today().year,
                    "sequence": number,
                    "household_id": home.id,
                    "month": _month(back),
                    "issued_at": now(),
                    "issued_on": issued,
                    "due_on": issued + timedelta(days=30),
                    "total_cents": CENTS,
                    "key": "GROWNTWN",
                    "payer": [_payer(home), "12 rue des Lilas", "28901 Démonstration"],
                },
            )


def _owed(bills: Sequence[tuple[Home, dict[str, Any]]]) -> None:
    lines = [
        {
            "invoice_id": bill["id"],
            "seq": 1,
            "regie": REGIE,
            "household_id": home.id,
            "child_id": home.children[0].id,
            "child": home.children[0].first_name,
            "activity": "canteen",
            "tariff": "meal",
            "label": "Restauration scolaire",
            "part": "Repas",
            "month": bill["month"],
            "days": [3, 5, 8],
            "outcome": "present",
            "quantity": 1,
            "unit_cents": CENTS,
            "share_bp": 10_000,
            "share_after_bp": 0,
            "cents": CENTS,
            "tax": "food",
            "budget": "7067",
            "price": "0" * 64,
            "reason": {"code": "flat", "params": {}},
        }
        for home, bill in bills
    ]
    _write((Invoice, [bill for _, bill in bills]), (InvoiceLine, lines))
    _post(
        (f"invoice:{bill['id']}", "invoice", [Move(RECEIVABLE, CENTS, home.id, bill["id"]),
                                              Move("revenue:7067", -CENTS)])
        for home, bill in bills
    )  # fmt: skip


def _post(entries: Any) -> None:
    rows = [NewEntry(REGIE, kind, source, today(), now(), moves) for source, kind, moves in entries]
    for start in range(0, len(rows), AT_ONCE):
        with store.write() as write:
            ledger.post_entries(write, rows[start : start + AT_ONCE])


def _paid(bills: Sequence[tuple[Home, dict[str, Any]]], agent: str) -> None:
    """Let six bills in ten be paid, some of them today at the counter."""
    paid = [(home, bill) for number, (home, bill) in enumerate(bills) if number % 10 < 6]
    came = today() - timedelta(days=7)
    rows = [
        _payment(home.id, agent, means="transfer", on=came, number=number, invoice_id=bill["id"])
        for number, (home, bill) in enumerate(paid)
    ]
    _write((Payment, rows))
    _post(
        (f"payment:{row['id']}", "payment",
         [Move("cash:transfer", CENTS, payment_id=row["id"]),
          Move(RECEIVABLE, -CENTS, row["household_id"], row["invoice_id"], row["id"])])
        for row in rows
    )  # fmt: skip


def _payment(
    home: str | None, agent: str, *, means: str, on: date, number: int, **more: Any
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "provider": "ens",
        "regie": REGIE,
        "household_id": home,
        "means": means,
        "cents": CENTS,
        "state": "paid",
        "created_at": now(),
        "received_on": on,
        "booked_at": now(),
        "receipt": f"G-{means[:2]}-{number:06}",
        "taken_by": agent,
        **more,
    }


def _cheques(homes: Sequence[Home], agent: str) -> None:
    """Let cheques and money of nobody known wait, taken today."""
    said = {"bank": "Caisse fédérale du Crédit mutuel de Bretagne"}
    cheques = [
        _payment(home.id, agent, means="cheque", on=today(), number=number, payer=_payer(home),
                 cheque=f"{number:07}", **said)
        for number, home in enumerate(homes[:CHEQUES])
    ]  # fmt: skip
    unknown = [
        _payment(None, agent, means="transfer", on=today(), number=900_000 + number,
                 payer=f"VIR INCONNU {number}")
        for number in range(SUSPENSE)
    ]  # fmt: skip
    _write((Payment, cheques), (Payment, unknown))
    _post(
        (f"payment:{row['id']}", "payment", [Move("cash:cheque", CENTS, payment_id=row["id"]),
                                             Move("advance", -CENTS, row["household_id"],
                                                  payment_id=row["id"])])
        for row in cheques
    )  # fmt: skip
    _post(
        (f"payment:{row['id']}", "payment", [Move("cash:transfer", CENTS, payment_id=row["id"]),
                                             Move("suspense", -CENTS, payment_id=row["id"])])
        for row in unknown
    )  # fmt: skip


def _rest(homes: Sequence[Home], bills: Sequence[Any], agent: str) -> None:
    lot, late = new_id(), [each for number, each in enumerate(bills) if number % 10 > 5]
    _write(
        (Lot, [_lot(lot, agent)]),
        (LotPiece, [_piece(lot, at, *each) for at, each in enumerate(late[:PIECES], 1)]),
        (Dispute, [_dispute(home, bill) for home, bill in bills[-DISPUTES:]]),
        (TaxCertificate, [_certificate(home) for home in homes[:CERTIFICATES]]),
        (
            ToBill,
            [
                {"household_id": one.id, "regie": REGIE, "month": _month(0), "touched": 1}
                for one in homes
            ],
        ),
        (Counted, [_counted(home, day) for home in homes for day in range(4)]),
    )


def _lot(lot_id: str, agent: str) -> dict[str, Any]:
    return {
        "id": lot_id,
        "provider": "ens",
        "regie": REGIE,
        "channel": "regie",
        "fiscal_year": today().year,
        "sequence": 9_001,
        "state": "handed_over",
        "overdue_days": 0,
        "reminders": 0,
        "ordered_at": now(),
        "ordered_by": agent,
    }


def _piece(lot_id: str, position: int, home: Home, bill: dict[str, Any]) -> dict[str, Any]:
    return {
        "lot_id": lot_id,
        "position": position,
        "invoice_id": bill["id"],
        "household_id": home.id,
        "state": "gone",
        "cents": CENTS,
        "piece": position,
        "reference": f"D{position:08}",
        "debtor": {
            "name": _payer(home)[:38],
            "street": "12 rue des Lilas",
            "postcode": "28901",
            "town": "Démonstration",
        },
        "lines": [{**LINE, "month": bill["month"]}],
    }


def _dispute(home: Home, bill: dict[str, Any]) -> dict[str, Any]:
    said = {"reason": "not_there", "reported_by": home.adults[0][0], "reported_at": now()}
    return {"id": new_id(), "invoice_id": bill["id"], "seq": 1, **said}


def _certificate(home: Home) -> dict[str, Any]:
    child = home.children[0]
    return {
        "id": new_id(),
        "provider": "ens",
        "household_id": home.id,
        "child_id": child.id,
        "child": f"{child.first_name} {child.last_name}",
        "payer": [_payer(home)],
        "year": today().year - 1,
        "version": 1,
        "cents": CENTS,
        "voucher_cents": 0,
        "issued_at": now(),
    }


def _counted(home: Home, day: int) -> dict[str, Any]:
    return {
        "provider": "ens",
        "session_id": new_id(),
        "child_id": home.children[0].id,
        "regie": REGIE,
        "household_id": home.id,
        "month": _month(0),
        "day": today().replace(day=day + 1),
        "activity": "canteen",
        "outcome": "present",
        "quantity": 1,
        "minutes": None,
        "planned_minutes": 105,
        "variant": "",
    }
