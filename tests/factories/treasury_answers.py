"""Answers of billing to a régisseur about public finance, by contract."""

import base64
from datetime import date
from hashlib import sha256
from typing import Any

from shared.contracts.billing import debits
from shared.contracts.billing.regie import treasury as contracts
from shared.contracts.message import Method
from shared.dates.clock import now, today
from shared.runtime.ids import new_id

LOT, RETURN, ROW, INVOICE, RUN, DEBIT = (new_id() for _ in range(6))
NUMBER, BILL, PAYER = "2026-ENS-L-000003", "2026-ENS-000123", "Mme Canari Lefèvre"
HANDED, OWED = 201339, 100667
"""Amounts that regie_answers.CANARIES looks for."""


def lot(**more: Any) -> dict[str, Any]:
    return {
        "lot_id": LOT,
        "regie": "ens",
        "channel": "regie",
        "number": NUMBER,
        "state": contracts.HANDED_OVER,
        "ordered_at": now(),
        "bills": 1,
        "left_out": 1,
        "total_cents": HANDED,
        "owed_cents": OWED,
        **more,
    }


def piece(**more: Any) -> dict[str, Any]:
    return {
        "invoice_id": INVOICE,
        "number": BILL,
        "payer": PAYER,
        "debtor": "ENS0000012",
        "state": contracts.GONE,
        "why": "",
        "cents": HANDED,
        "titre": "2026-T-412",
        **more,
    }


def whole_lot(**more: Any) -> dict[str, Any]:
    left = piece(state=contracts.LEFT_OUT, why="under_way", debtor="", titre="")
    pieces = [piece(), left]
    return {**lot(), "next": "", "pieces": pieces, "pes": "own", "pes_missing": [], **more}


def debtor(household_id: str, name: str, civility: str = "") -> dict[str, str]:
    """Return a debtor of whom the name suggests first and last name."""
    first_name, last_name = name.split()
    return {
        "household_id": household_id,
        "name": name,
        "civility": civility,
        "first_name": first_name,
        "last_name": last_name,
    }


def preview(**more: Any) -> dict[str, Any]:
    kept = {"invoice_id": INVOICE, "number": BILL, "payer": PAYER, "cents": OWED}
    return {
        "channel": "regie",
        "bills": 3,
        "debtors": [],
        "total_cents": HANDED,
        "counts": {"too_small": 1},
        "kept": [{**kept, "anomalies": ["too_small"]}],
        **more,
    }


def row(**more: Any) -> dict[str, Any]:
    return {
        "row_id": ROW,
        "at": now(),
        "place": 1,
        "key": "r1",
        "kind": contracts.RECEIPT,
        "debt": "20260010000123",
        "titre": "",
        "day": today(),
        "cents": OWED,
        "reason": "",
        "outcome": contracts.UNKNOWN,
        "why": "",
        "seen": False,
        **more,
    }


def file(content: bytes, name: str = "lot-2026-ENS-L-000003.csv", parts: int = 1) -> dict[str, Any]:
    return {
        "name": name,
        "content": base64.b64encode(content).decode(),
        "parts": parts,
        "sha256": sha256(content).hexdigest(),
    }


def answers() -> dict[Method, dict[str, Any]]:
    """Return what billing answers to each of these questions, all of them rich."""
    return {
        contracts.preview_lot: preview(),
        contracts.name_debtors: {},
        contracts.order_lot: {"lot_id": LOT},
        contracts.lots: {"next": "", "lots": [lot()], "unclear": 2, "owed_cents": OWED},
        contracts.read_lot: whole_lot(),
        contracts.lot_file: file(b"format;version\r\n"),
        contracts.read_return: {"return_id": RETURN, "counts": {"done": 1}},
        contracts.returned_rows: {"next": "", "rows": [row(), row(outcome="odd", why="too_much")]},
        contracts.see_row: {},
        **debits_answers(),
    }


def seen_on(day: date, **more: Any) -> dict[str, Any]:
    """Return what would be debited on a day, which is the first, and one on which banks collect."""
    return {"debits": 1, "total_cents": HANDED, "earliest": day, "banks_collect_on": day, **more}


def debits_answers(collect_on: date | None = None) -> dict[Method, dict[str, Any]]:
    """Return what billing answers about direct debit, of a run for a day; today without one."""
    run = {
        "run_id": RUN,
        "number": "2026-ENS-P-000002",
        "state": debits.ORDERED,
        "collect_on": collect_on or today(),
        "debits": 1,
        "rejected": 0,
        "total_cents": HANDED,
    }
    debit = {
        "payment_id": DEBIT,
        "invoice_id": INVOICE,
        "number": BILL,
        "payer": PAYER,
        "rum": "ENS00100000012",
        "last4": "4557",
        "sequence": "FRST",
        "cents": HANDED,
        "state": "pending",
        "reason": "",
    }
    about = {name: run[name] for name in ("number", "state", "collect_on", "total_cents")}
    regie = {"code": "ens", "label": "Régie du Service Enseignement", "notice_days": 14}
    return {
        debits.debits: {"regies": [regie], "mandates": 3, "suspended": 1, "runs": [run]},
        debits.preview_debits: seen_on(today()),
        debits.order_debits: {"run_id": RUN},
        debits.read_debits: {**about, "ordered_at": now(), "debits": [debit], "next": ""},
        debits.debit_file: file(b"<Document/>", "pain008-2026-ENS-P-000002.xml"),
        debits.confirm_debits: {},
        debits.reject_debit: {},
    }
