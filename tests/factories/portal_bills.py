"""Bills as billing publishes them to the portal, and its answers about one."""

from datetime import date, timedelta
from typing import Any

from shared.contracts.billing import bills
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories.portal import Portal

BILLING = "billing"
BAND: dict[str, Any] = {
    "code": "band",
    "params": {
        "band": "tranche 3",
        "quotient_cents": 74_200,
        "quotient_kind": "caf",
        "quotient_from": "2026-09-01",
    },
}


def within_the_year(page: str) -> str:
    """Return a page as it reads in 2026: later, a month of that year is said with it."""
    return page.replace("octobre 2026", "octobre")


def bill(cents: int = 7560, **more: Any) -> dict[str, Any]:
    """Return a bill of October, due in three weeks; what is not said is owed whole."""
    told = {
        "invoice_id": new_id(),
        "number": "2026-ENS-000123",
        "kind": bills.INVOICE,
        "month": "2026-10",
        "issued_on": today() - timedelta(days=3),
        "due_on": today() + timedelta(days=21),
        "total_cents": cents,
        "balance_cents": cents,
        "state": bills.DUE,
        "checking": False,
        **more,
    }
    if told["state"] in (bills.PAID, bills.CREDITED) or told["kind"] == bills.CREDIT_NOTE:
        told |= {"balance_cents": 0}
    return told


def payment(of: dict[str, Any] | None, state: str = bills.PAID, **more: Any) -> dict[str, Any]:
    """Return a payment of a bill, made online an hour ago."""
    return {
        "payment_id": new_id(),
        "invoice_id": of["invoice_id"] if of else None,
        "number": of["number"] if of else "",
        "at": now() - timedelta(hours=1),
        "means": bills.ONLINE,
        "cents": of["total_cents"] if of else 1000,
        "state": state,
        "receipt": "2026-ENS-R-000012" if state == bills.PAID else "",
        **more,
    }


def receives_bills(
    portal: Portal,
    household: str,
    *told: dict[str, Any],
    provider: str = "ens",
    payments: tuple[dict[str, Any], ...] = (),
    credit_cents: int = 0,
    version: int = 1,
) -> None:
    """Let billing have told what a household owes and paid at one provider."""
    portal.receives(
        bills.bill_card,
        BILLING,
        household_id=household,
        provider=provider,
        version=version,
        at=now(),
        owed_cents=sum(each["balance_cents"] for each in told),
        credit_cents=credit_cents,
        bills=list(told),
        payments=list(payments),
    )


def receives_notice(
    portal: Portal, household: str, key: str, kind: str, *, replaces: str = "", **detail: Any
) -> None:
    portal.receives(
        bills.bill_notice,
        BILLING,
        household_id=household,
        provider="ens",
        key=key,
        kind=kind,
        detail=detail,
        at=now(),
        replaces=replaces,
    )


def line(number: int = 1, **more: Any) -> dict[str, Any]:
    """Return a line: nine meals of Manon in October, at 2,20 €."""
    told = {
        "line": number,
        "child": "Manon",
        "label": "Repas",
        "part": "nourriture",
        "month": "2026-10",
        "days": [date(2026, 10, day) for day in (1, 2, 5)],
        "outcome": "present",
        "quantity": 9,
        "unit_cents": 220,
        "tax": "food",
        "share_bp": 10_000,
        "reason": BAND,
        "disputed": False,
        **more,
    }
    return {"cents": told["quantity"] * told["unit_cents"], **told}


def whole(of: dict[str, Any], *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return what billing answers of one bill."""
    return {
        **of,
        "provider": "ens",
        "regie": "Régie de recettes du Service Enseignement",
        "deed": "arrêté n° 2020-114 du 3 mars 2020",
        "channel": "regie",
        "payer": ["Claire Lefèvre", "12 rue des Tilleuls", "28901 Démonstration"],
        "reference": "20260010000123",
        "key": "K7PWQ2M9",
        "of_number": "",
        "lines": list(lines),
        "payments": [],
        "credit_notes": [],
        "payable_online": True,
        **more,
    }


def answers_bill(portal: Portal, of: dict[str, Any], *lines: dict[str, Any], **more: Any) -> None:
    """Let billing answer what a bill is made of."""
    portal.callees.answers(BILLING, bills.read_bill, lambda _request: whole(of, *lines, **more))


def price(cents: int = 270, **more: Any) -> dict[str, Any]:
    """Return what one session would cost, as billing simulates it."""
    return {
        "provider": "agg",
        "activity": "judo",
        "label": "Judo",
        "unit": "session",
        "total_cents": cents,
        "parts": [{"label": "cours", "cents": cents, "reason": BAND}],
        "surcharges": [],
        **more,
    }
