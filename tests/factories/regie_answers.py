"""
Answers of billing to a régisseur, by contract: a family with a bill, a month, a cash box.

Amounts are unlike any other figure on a page, so that a test finds where they went.
"""

import base64
from datetime import date, timedelta
from typing import Any

from shared.contracts.billing.figures import hours_by_benefit_fund, income
from shared.contracts.billing.prices import grid_replays
from shared.contracts.billing.regie import counter as regie_counter
from shared.contracts.billing.regie import payers as contracts
from shared.contracts.billing.regie import runs as regie_runs
from shared.contracts.message import Method
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import letter_answers, plan_answers, treasury_answers

HOUSEHOLD, OTHER_HOUSEHOLD, CHILD = new_id(), new_id(), new_id()
REFUND = new_id()
INVOICE, NOTE, RUN, PAYMENT, SLIP, DISPUTE, CERTIFICATE = (new_id() for _ in range(7))
NUMBER, RECEIPT = "2026-ENS-000123", "2026-ENS-R-000012"
ACCOUNT = f"/regie/payeurs/{HOUSEHOLD}"
REVERSAL = f"/regie/paiements/{HOUSEHOLD}/{PAYMENT}/annuler"
PAYER = ["Mme Canari Lefèvre", "3 rue des Tilleuls", "28901 Démonstration"]

QUOTIENT, UNIT, TOTAL, OWED, CREDIT = 74219, 22371, 201339, 100667, 33517
CANARIES = ("74219", "742,19", "22371", "223,71", "201339", "2 013,39", "100667", "1 006,67")
"""A family's quotient, a unit price, a bill's total and what is owed, as they would be found."""


def last_month() -> str:
    """Return the month that is billed now, as billing writes it."""
    return f"{today().replace(day=1) - timedelta(days=1):%Y-%m}"


def bill(**more: Any) -> dict[str, Any]:
    """Return a bill as a list shows it."""
    return {
        "invoice_id": INVOICE,
        "number": NUMBER,
        "kind": "invoice",
        "month": last_month(),
        "issued_on": today() - timedelta(days=40),
        "due_on": today() - timedelta(days=10),
        "total_cents": TOTAL,
        "balance_cents": OWED,
        "state": "overdue",
        "checking": False,
        "unclear": False,
        **more,
    }


def payment(**more: Any) -> dict[str, Any]:
    """Return a payment as a list shows it."""
    return {
        "payment_id": PAYMENT,
        "invoice_id": INVOICE,
        "number": NUMBER,
        "at": now() - timedelta(hours=2),
        "means": "cheque",
        "cents": TOTAL - OWED,
        "state": "paid",
        "receipt": RECEIPT,
        **more,
    }


def line(**more: Any) -> dict[str, Any]:
    """Return a line of a bill, priced by a band of quotients."""
    month = last_month()
    return {
        "line": 1,
        "child": "Manon",
        "label": "Restauration scolaire",
        "part": "Nourriture",
        "month": month,
        "days": [date.fromisoformat(f"{month}-03"), date.fromisoformat(f"{month}-04")],
        "outcome": "present",
        "quantity": 9,
        "unit_cents": UNIT,
        "cents": 9 * UNIT,
        "tax": "food",
        "share_bp": 10_000,
        "reason": {
            "code": "band",
            "params": {
                "band": "Tranche 3",
                "quotient_cents": QUOTIENT,
                "quotient_kind": "caf",
                "quotient_from": f"{month}-01",
            },
        },
        "disputed": False,
        **more,
    }


def run(**more: Any) -> dict[str, Any]:
    """Return a run whose draft is ready: three households, one of them unusual."""
    return {
        "run_id": RUN,
        "regie": "ens",
        "month": last_month(),
        "state": "drafted",
        "opened_at": now() - timedelta(minutes=20),
        "issued_at": None,
        "households": 4,
        "done": 4,
        "total_cents": TOTAL,
        "last_month_cents": OWED,
        "states": {"drafted": 3, "failed": 1},
        "anomalies": {"much_more": 1, "no_quotient": 2},
        **more,
    }


def run_row(**more: Any) -> dict[str, Any]:
    """Return a household of a run."""
    return {
        "household_id": HOUSEHOLD,
        "payer": PAYER[0],
        "state": "drafted",
        "total_cents": TOTAL,
        "last_month_cents": OWED,
        "anomalies": ["much_more"],
        "error": "",
        "number": "",
        "invoice_id": None,
        **more,
    }


def refund(**more: Any) -> dict[str, Any]:
    """Return a refund of this moment, whose day is open."""
    return {
        "refund_id": REFUND,
        "at": now(),
        "cents": CREDIT,
        "paper": "RIB vu",
        "reversed_because": "",
        "reversible": True,
        **more,
    }


def account(**more: Any) -> dict[str, Any]:
    """Return a household's account: a bill that is overdue, a cheque, a quotient, a share."""
    since = {"valid_from": date.fromisoformat(f"{last_month()}-01"), "valid_to": None}
    quotient = {"cents": QUOTIENT, "kind": "caf", "source": "checked", **since}
    share = {"child_id": CHILD, "share_bp": 5000, "paper": "Jugement du 12 mai", **since}
    certificate = {
        "certificate_id": CERTIFICATE,
        "provider": "ens",
        "child": "Manon Lefèvre",
        "year": today().year - 1,
        "cents": OWED,
        "issued_on": today(),
    }
    return {
        "payer": PAYER,
        "children": [{"child_id": CHILD, "name": "Manon Lefèvre"}],
        "owed_cents": OWED,
        "credit_cents": CREDIT,
        "bills": [bill()],
        "payments": [payment()],
        "refunds": [refund()],
        "deceased": [],
        "quotients": [quotient],
        "shares": [share],
        "certificates": [certificate],
        **more,
    }


def cash_box(**more: Any) -> dict[str, Any]:
    """Return the counter's day."""
    slip = {
        "slip_id": SLIP,
        "number": "2026-ENS-B-000003",
        "kind": "cheque",
        "count": 2,
        "cents": TOTAL,
        "on": today(),
    }
    return {
        "closed_at": None,
        "opening_cents": CREDIT,
        "cash_cents": OWED,
        "ceiling_cents": 120_000,
        "totals": {"cash": OWED - CREDIT, "cheque": TOTAL - OWED},
        "takings": [_cheque()],
        "next": "",
        "cheques": 1,
        "cheques_cents": _cheque()["cents"],
        "slips": [slip],
        **more,
    }


def cheques(**more: Any) -> dict[str, Any]:
    """Return the cheques that wait for a slip."""
    return {"cheques": [_cheque()], "next": "", **more}


def _cheque() -> dict[str, Any]:
    return {**payment(), "payer": PAYER[0]}


def _months() -> list[dict[str, Any]]:
    first, months = today().replace(day=1), []
    for nth in range(12):
        first = (first - timedelta(days=1)).replace(day=1)
        amounts = {"billed_cents": TOTAL + nth * 7919, "credited_cents": CREDIT}
        paid = {"paid_cents": TOTAL - nth * 3571, "owed_cents": OWED if nth == 0 else 0}
        months.append({"month": f"{first:%Y-%m}", **amounts, **paid, "bills": 40 + nth})
    return months


def _overview() -> dict[str, Any]:
    own = {"code": "ens", "label": "Régie du Service Enseignement", "channel": "regie"}
    return {
        "regies": [{**own, "payable_online": True}],
        "months": _months(),
        "runs": [run()],
        "overdue_cents": OWED,
        "overdue_bills": 3,
        "suspense_cents": CREDIT,
        "till_cents": OWED,
        "till_ceiling_cents": 120_000,
    }


def _closing() -> dict[str, Any]:
    disputed = {
        "dispute_id": DISPUTE,
        "invoice_id": INVOICE,
        "number": NUMBER,
        "line": 1,
        "label": "Restauration scolaire",
        "payer": PAYER[0],
        "reason": "not_there",
        "at": now() - timedelta(days=2),
    }
    return {
        "households": 42,
        "quantities": 913,
        "disputes": [disputed],
        "unknown_quotients": 3,
        "expired_quotients": 2,
        "without_address": 1,
        "without_price": ["evening_care"],
        "earlier_months": ["2026-09"],
    }


CLEAR = {
    "households": 42,
    "quantities": 913,
    "disputes": [],
    "unknown_quotients": 0,
    "expired_quotients": 0,
    "without_address": 0,
    "without_price": [],
    "earlier_months": [],
}
"""Answer of billing where nothing stands in the way of a month."""


def found(**more: Any) -> dict[str, Any]:
    """Return a payer as a search finds it."""
    by_name = {"household_id": HOUSEHOLD, "payer": PAYER[0], "owed_cents": OWED, "number": "-"}
    by_name |= {"children": []}
    return {**by_name, **more}


def _pdf(name: str) -> dict[str, Any]:
    return {"name": name, "content": base64.b64encode(b"%PDF-1.7 " + name.encode()).decode()}


def arrear(**more: Any) -> dict[str, Any]:
    """Return an overdue bill as the list of arrears shows it."""
    return {
        **bill(**more),
        "household_id": HOUSEHOLD,
        "payer": PAYER[0],
        "reminders": 1,
        "reminded_on": today() - timedelta(days=5),
    }


def _advance() -> dict[str, Any]:
    since = today() - timedelta(days=90)
    return {"household_id": HOUSEHOLD, "payer": PAYER[0], "cents": CREDIT, "since": since}


def bill_page(**more: Any) -> dict[str, Any]:
    """Return a bill with all that its page shows."""
    return {
        **bill(),
        "payer": PAYER,
        "household_id": HOUSEHOLD,
        "deceased": [],
        "of_number": "",
        "lines": [line()],
        "payments": [payment()],
        "credit_notes": [{"invoice_id": NOTE, "number": "2026-ENS-000140", "cents": -UNIT}],
        **more,
    }


def _suspended() -> dict[str, Any]:
    unknown = payment(invoice_id=None, number="", means="transfer", cents=CREDIT)
    return {**unknown, "payer": "VIR M CANARI"}


def _changed_certificate() -> dict[str, Any]:
    return {
        "household_id": HOUSEHOLD,
        "payer": PAYER[0],
        "child": "Manon Lefèvre",
        "issued_cents": TOTAL,
        "now_cents": OWED,
        "now_voucher_cents": 3_000,
    }


def billed() -> dict[str, Any]:
    """Return the income of a period: a canteen in two bands, one of them small, and studies."""
    rows = [
        earned("canteen", 0, 40_000, households=3, cents=12_340),
        earned("canteen", 40_000, None, households=31, cents=456_780),
        earned("evening_care", None, None, basis="flat", households=12, cents=30_000),
    ]
    return {"cents": 499_120, "rows": rows, "next": ""}


def replay(**more: Any) -> dict[str, Any]:
    """Return a replay that is done: a canteen in two bands, where few pay less."""
    return {
        "state": "done",
        "asked_at": now(),
        "first": "2025-09",
        "last": "2026-08",
        "decision": "délibération du 3 juin 2027",
        "households": 44,
        "issued_cents": 800_000,
        "reckoned_cents": 790_000,
        "new_cents": 812_345,
        "unpriced": 0,
        "bands": [
            replayed_band(0, 40_000, more=0, less=3, same=9, old_cents=100_200),
            replayed_band(40_000, None, more=26, less=0, same=6, old_cents=699_800),
        ],
        **more,
    }


def replayed_band(start: int | None, end: int | None, **more: Any) -> dict[str, Any]:
    """Return one band of a replay."""
    limits = {"from_cents": start, "to_cents": end}
    return {**limits, "more": 0, "less": 0, "same": 0, "old_cents": 0, "new_cents": 0, **more}


def earned(
    activity: str,
    from_cents: int | None,
    to_cents: int | None,
    *,
    households: int,
    cents: int,
    basis: str = "band",
) -> dict[str, Any]:
    """Return what was billed of an activity in one band."""
    return {
        "activity": activity,
        "basis": basis,
        "from_cents": from_cents,
        "to_cents": to_cents,
        "households": households,
        "cents": cents,
    }


def answers() -> dict[Method, dict[str, Any]]:
    """Return what billing answers to each of the régisseur's questions, all of them rich."""
    return {
        **_answers_on_payers(),
        **_answers_on_months_and_figures(),
        **_answers_at_counter(),
        **treasury_answers.answers(),
        **letter_answers.answers(HOUSEHOLD, OTHER_HOUSEHOLD),
        **plan_answers.answers(HOUSEHOLD, INVOICE, NUMBER),
    }


def _answers_on_payers() -> dict[Method, dict[str, Any]]:
    return {
        contracts.regie_overview: _overview(),
        contracts.find_payers: {"payers": [found(), found(household_id=OTHER_HOUSEHOLD)]},
        contracts.payer_account: account(),
        contracts.payer_bill: bill_page(),
        contracts.payer_bill_pdf: _pdf("2026-ENS-000123.pdf"),
        contracts.credit_lines: {"invoice_id": NOTE, "number": "2026-ENS-000140", "cents": -UNIT},
        contracts.correct_quotient: {"months": ["2026-10", "2026-11"]},
        contracts.set_shares: {},
        contracts.payments_of: {
            "next": "",
            "payments": [{**payment(), "payer": PAYER[0], "slip": ""}],
            "totals": {"cheque": TOTAL, "online": OWED},
        },
        contracts.arrears: {
            "next": "",
            "bills": [arrear()],
            "total_cents": OWED,
            "waiting_cents": TOTAL,
            "heirs_cents": CREDIT,
            "of_deceased": [],
            "advances": [_advance()],
            "number_of_advances": 1,
            "advances_cents": CREDIT,
        },
        contracts.remind: {"reminded": 1},
        contracts.payer_certificate_pdf: _pdf("Attestation-fiscale-2025-Manon-Lefèvre.pdf"),
        contracts.certificates: {
            "issued": 12,
            "total_cents": TOTAL,
            "changed": [_changed_certificate()],
        },
        contracts.issue_certificates: {"issued": 3, "replaced": 1, "remaining": 0},
    }


def _answers_on_months_and_figures() -> dict[Method, dict[str, Any]]:
    return {
        regie_runs.closing: _closing(),
        regie_runs.resolve_dispute: {},
        regie_runs.open_run: {"run_id": RUN},
        regie_runs.read_run: {**run(), "next": "", "rows": [run_row()]},
        regie_runs.draft_lines: {"lines": [line()], "total_cents": 9 * UNIT},
        regie_runs.issue_run: {"state": "issuing"},
        income.income: billed(),
        hours_by_benefit_fund.fund_hours: {"rows": []},
        grid_replays.order_replay: {},
        grid_replays.read_replay: replay(),
    }


def _answers_at_counter() -> dict[Method, dict[str, Any]]:
    paid = {"allocated_cents": OWED, "credited_cents": CREDIT}
    taken = {**paid, "suspense_cents": 0, "payment_id": PAYMENT, "receipt": RECEIPT}
    slip = {"slip_id": SLIP, "number": "2026-ENS-B-000003", "count": 1, "cents": TOTAL}
    return {
        regie_counter.take_payment: taken,
        regie_counter.suspense: {"next": "", "payments": [_suspended()], "total_cents": CREDIT},
        regie_counter.assign_suspense: paid,
        regie_counter.reverse_payment: {},
        regie_counter.reinstate_payment: {},
        regie_counter.refund: {},
        regie_counter.reverse_refund: {},
        regie_counter.cash_box: cash_box(),
        regie_counter.cheques_to_deposit: cheques(),
        regie_counter.close_day: {"difference_cents": 0},
        regie_counter.deposit: slip,
        regie_counter.deposit_pdf: _pdf("2026-ENS-B-000003.pdf"),
        regie_counter.payer_receipt_pdf: _pdf("2026-ENS-R-000012.pdf"),
    }
