"""Bills and credit notes to be issued: lines, sums, revenue by account, the key to pay by."""

import hmac
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from services.billing.bills.rules.draft import Taken
from services.billing.pricing.rules.inputs_and_lines import Line
from shared.contracts.billing.bills import CREDIT_NOTE, INVOICE

KEY_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
KEY_LENGTH = 8


def is_asking_back(kind: str, reason: str) -> bool:
    """Return whether a bill is of no month: it asks for an advance that was refunded too much."""
    return kind == INVOICE and bool(reason)


class NewLine(NamedTuple):
    """
    A line to be written: of an invoice as priced, of a credit note with what it takes back.

    The latter has a negative quantity and negative cents, and names the line that it is about.
    """

    line: Line
    quantity: int
    cents: int
    days: Sequence[int]
    of_invoice_id: str | None = None
    of_seq: int | None = None


@dataclass(frozen=True, slots=True)
class NewBill:
    """
    An invoice or, where it names another bill, a credit note to be written.

    `asked_back_cents` is an advance that was refunded, and which an invoice without lines asks for.
    """

    id: str
    household_id: str
    month: str
    key: str
    payer: Sequence[str]
    lines: Sequence[NewLine]
    run_id: str | None = None
    of_invoice_id: str | None = None
    reason: str = ""
    asked_back_cents: int = 0

    @property
    def kind(self) -> str:
        return CREDIT_NOTE if self.of_invoice_id else INVOICE

    @property
    def total_cents(self) -> int:
        return self.asked_back_cents + sum(line.cents for line in self.lines)


@dataclass(frozen=True, slots=True)
class Numbered:
    """A bill with its printed number and its due date (ISO 8601)."""

    bill: NewBill
    number: str
    due_on: str


def make_invoice(
    bill_id: str,
    household_id: str,
    month: str,
    lines: Iterable[Line],
    *,
    key: str,
    payer: Sequence[str],
    run_id: str,
) -> NewBill:
    """Return the invoice of some priced lines."""
    new = [NewLine(line, line.quantity, line.cents, line.days) for line in lines]
    return NewBill(bill_id, household_id, month, key, payer, new, run_id)


def revenue_by_account(lines: Iterable[NewLine]) -> Mapping[str, int]:
    """Return cents by account of revenue: the line's budget code or, without one, its tariff."""
    sums: defaultdict[str, int] = defaultdict(int)
    for line in lines:
        sums[line.line.budget or line.line.tariff] += line.cents
    return {f"revenue:{code}": cents for code, cents in sums.items()}


def payment_key_of(seed: str, bill_id: str) -> str:
    """
    Return what is printed beside a bill's reference to pay it without an account.

    Derived from a secret and the bill's id: not guessable, and deterministic.
    """
    number = int.from_bytes(hmac.digest(seed.encode(), bill_id.encode(), sha256)[:8], "big")
    places = (number >> 5 * place & 31 for place in range(KEY_LENGTH))
    return "".join(KEY_ALPHABET[place] for place in places)


def make_credit_note(
    bill_id: str,
    household_id: str,
    month: str,
    taken: Iterable[Taken],
    *,
    key: str,
    payer: Sequence[str],
    run_id: str | None = None,
    reason: str = "",
) -> NewBill:
    """Return the credit note of what is taken back from one bill."""
    lines = [_make_credit_note_line(back) for back in taken]
    return NewBill(
        bill_id, household_id, month, key, payer, lines, run_id, lines[0].of_invoice_id, reason
    )


def _make_credit_note_line(taken: Taken) -> NewLine:
    line = taken.line
    return NewLine(line, -taken.quantity, -taken.cents, taken.days, line.invoice_id, line.seq)
