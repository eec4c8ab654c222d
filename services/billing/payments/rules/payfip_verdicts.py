"""
Meaning of PayFiP's result for a payment: pure, and never more than was ordered.

Sources: the WSDL of PayFiP's web service (codes), the ways of eopayment 3.15 (P5 waits two hours, a
cancellation may be taken back for two minutes); a code that is not known here is no result.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.billing.payments.payfip.types import ACTIVATION, TEST, Detail
from shared.dates.clock import PARIS

PENDING, PAID, REFUSED, CANCELLED = "pending", "paid", "refused", "cancelled"
EXPIRED, REVERSED, DISCREPANT = "expired", "reversed", "discrepant"
"""States of a payment, as shared/contracts/billing/bills.py names them."""

RESULTS = {"P": PAID, "V": PAID, "R": REFUSED, "Z": REFUSED, "A": CANCELLED}
PAID_RESULTS = ("P", "V")

UNKNOWN = "P1"
"""PayFiP's code for an operation that it does not know; it purges at night."""

CANCELLATION_HOLDS_AFTER = timedelta(minutes=2)
"""Time in which the payer may try again with the same operation."""

NO_RESULT_AFTER = timedelta(hours=2)
"""Time without a result (P5) after which there will be none."""

UNKNOWN_AFTER = timedelta(minutes=20)
"""An operation just opened may not be known everywhere yet."""


@dataclass(frozen=True, slots=True)
class ExpectedPayment:
    """The order sent to PayFiP: cents under a reference, in a mode; `result` as known so far."""

    cents: int
    refdet: str
    exer: str
    numcli: str
    saisie: str
    sent_at: datetime
    result: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    State of a payment after a result. `received_on` is the day of payment, when PayFiP gives it.

    `result` is PayFiP's code, and `problem` in what it differs from what was asked.
    """

    state: str
    result: str = ""
    problem: str = ""
    authorisation: str = ""
    received_on: date | None = None


def verdict_of_detail(expected: ExpectedPayment, detail: Detail, now: datetime) -> Verdict:
    """Return what an answer means; anything else than what was asked pays nothing."""
    result = detail.resultrans[:10]
    problem = difference_code(expected, detail)
    at = _payment_moment(detail)
    if problem:
        return Verdict(DISCREPANT, result, problem, detail.numauto[:40])
    state = RESULTS.get(result, PENDING)
    if state == CANCELLED and now - (at or expected.sent_at) < CANCELLATION_HOLDS_AFTER:
        return Verdict(PENDING, result)
    if state == PAID:
        return Verdict(PAID, result, "", detail.numauto[:40], _payment_day(expected, at, now))
    return Verdict(state, result)


def verdict_of_refusal(expected: ExpectedPayment, code: str, now: datetime) -> Verdict:
    """Return what it means that PayFiP has no answer, and says so by a code."""
    age = now - expected.sent_at
    if code == UNKNOWN and is_unknown_result(expected.result) and age >= UNKNOWN_AFTER:
        return Verdict(DISCREPANT, expected.result, "unknown_result")
    if age >= (UNKNOWN_AFTER if code == UNKNOWN else NO_RESULT_AFTER):
        return Verdict(EXPIRED, expected.result)
    return Verdict(PENDING, expected.result)


def difference_code(expected: ExpectedPayment, detail: Detail) -> str:
    """Return in what an answer differs from what was asked, as a code; "" where it does not."""
    if detail.saisie != expected.saisie:
        return "test_mode" if detail.saisie in (TEST, ACTIVATION) else "mode"
    if not re.fullmatch(r"[0-9]{1,9}", detail.montant) or int(detail.montant) != expected.cents:
        return "amount"
    if detail.refdet != expected.refdet:
        return "reference"
    if detail.exer != expected.exer:
        return "year"
    return "client" if detail.numcli != expected.numcli else ""


def is_unknown_result(result: str) -> bool:
    """Return whether PayFiP gave an unknown result code: nothing may be concluded from it."""
    return result not in RESULTS and result != ""


def is_cancellation(result: str) -> bool:
    """Return whether PayFiP says that the payer left without paying."""
    return RESULTS.get(result) == CANCELLED


def may_have_moved_money(result: str, problem: str) -> bool:
    """Return whether a discrepant payment may have moved money."""
    return problem != "test_mode" and (result in PAID_RESULTS or is_unknown_result(result))


def _payment_moment(detail: Detail) -> datetime | None:
    try:
        read = datetime.strptime(f"{detail.dattrans} {detail.heurtrans}", "%d%m%Y %H%M")
    except ValueError:
        return None
    return read.replace(tzinfo=PARIS)


def _payment_day(expected: ExpectedPayment, at: datetime | None, now: datetime) -> date:
    """Return the day of a payment as PayFiP gives it if it is plausible, otherwise today."""
    first, last = (moment.astimezone(PARIS).date() for moment in (expected.sent_at, now))
    return at.date() if at is not None and first <= at.date() <= last else last
