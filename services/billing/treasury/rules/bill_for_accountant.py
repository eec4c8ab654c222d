"""A bill as the public accountant receives it: debtor, lines, and whether it may go. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from services.billing.ledger.rules.line_allocation import allocate_to_lines
from services.billing.treasury.rules.budget_codes import Codes, parse_budget_codes
from shared.text.folding import without_accents
from shared.text.personal_names import first_and_last_name

LEAST_CENTS = 1_500
"""No titre below 15 € (art. D1611-1 CGCT)."""

LONGEST_NAME = 38
"""Characters that PES v2 takes of a name, and of each line of an address."""

MADAM = "madam"
UNNAMED = "no_civility"
"""Codes as shared/contracts/billing/regie/treasury.py has them."""

BETWEEN_NAMES = " et "
"""
Separator of the guardians on a bill (accounts/commands/received_households.py): the first owes it
here.
"""


@dataclass(frozen=True, slots=True)
class NetLine:
    """A net line of a bill: its amount less credit notes, in cents."""

    label: str
    month: str
    budget: str
    cents: int


@dataclass(frozen=True, slots=True)
class PieceLine:
    """A line as it is handed over: no child is named, no day, no quotient."""

    label: str
    month: str
    cents: int
    nature: str
    function: str
    service: str
    product: str

    @property
    def budget_codes(self) -> Codes:
        return Codes(self.nature, self.function, self.service, self.product)


def piece_lines(lines: Sequence[NetLine], owed_cents: int, usual: Codes) -> Sequence[PieceLine]:
    """
    Return for what so much of a bill is owed: its lines in proportion, alike ones as one.

    Σ is `owed_cents`. What is owed beyond the lines (a payment taken back whose credit was paid
    out) is added to the last of them.
    """
    parts = list(allocate_to_lines([line.cents for line in lines], owed_cents))
    if parts:
        parts[-1] += owed_cents - sum(parts)
    summed: dict[tuple[str, ...], int] = defaultdict(int)
    for line, part in zip(lines, parts, strict=True):
        codes = parse_budget_codes(line.budget, usual)
        key = (line.label, line.month, codes.nature, codes.function, codes.service, codes.product)
        summed[key] += part
    return [
        PieceLine(label, month, cents, *codes)
        for (label, month, *codes), cents in summed.items()
        if cents > 0
    ]


@dataclass(frozen=True, slots=True)
class DebtorRecord:
    """
    Debtor of a bill as the accountant receives it: one person, at the billing address.

    `name` is that on the bill; civility, first and last name are "" until a régisseur wrote them.
    """

    name: str
    street: str = ""
    postcode: str = ""
    town: str = ""
    civility: str = ""
    first_name: str = ""
    last_name: str = ""

    @property
    def has_address(self) -> bool:
        return bool(self.postcode and self.town)

    @property
    def lives_in_france(self) -> bool:
        return re.fullmatch(r"[0-9]{5}", self.postcode) is not None

    @property
    def is_in_latin_letters(self) -> bool:
        """Say whether all can be written in the accountant's file, which takes no other letters."""
        names = f"{self.first_name} {self.last_name}" if self.civility else self.name
        written = without_accents(f"{names} {self.street} {self.town}")
        return not any(sign.isalpha() and not sign.isascii() for sign in written)

    @property
    def without_address(self) -> "DebtorRecord":
        """Debtor of whom a file does not say where it lives (rule R9)."""
        return replace(self, street="", postcode="", town="")

    def as_row(self) -> Mapping[str, str]:
        return asdict(self)


def debtor_name(payer: str) -> str:
    """Return who of a bill's payers is the one debtor: Hélios takes one by piece."""
    return payer.split(BETWEEN_NAMES, maxsplit=1)[0].strip()


def suggested_names(name: str) -> tuple[str, str]:
    """Return a first and a last name for an agent to correct, each cut to what PES v2 takes."""
    first_name, last_name = first_and_last_name(name)
    return first_name[:LONGEST_NAME].rstrip(), last_name[:LONGEST_NAME].rstrip()


ASKED, GRANTED = "asked", "granted"
"""Codes as shared/contracts/billing/payment_plans.py has them."""


@dataclass(frozen=True, slots=True)
class BillChecks:
    """Attributes of a bill that decide whether it may be transferred."""

    owed_cents: int
    debtor: DebtorRecord
    under_way: bool
    disputed: bool
    reminders: int
    lines: Sequence[PieceLine]
    held: bool = False
    protected: bool = False
    plan: str = ""
    """The state of its payment plan."""
    goes_as_pes: bool = False
    """True where the régie's lots leave as PES v2 files, of which Hélios asks more."""


def anomalies_of_bill(checks: BillChecks, *, reminders: int) -> list[str]:
    """
    Return codes of contracts/treasury.BLOCKING and WARNINGS, in that order.

    A civility is asked for where nothing else keeps the bill here.
    """
    debtor = checks.debtor
    anomalies = {
        "too_small": checks.owed_cents < LEAST_CENTS,
        "no_address": not debtor.has_address,
        "held": checks.held,
        "protected": checks.protected,
        "under_way": checks.under_way,
        "disputed": checks.disputed,
        "planned": checks.plan == GRANTED,
        "not_reminded": checks.reminders < reminders,
        "no_codes": not all(line.budget_codes.suffice_for_booking for line in checks.lines),
        "not_latin": not debtor.is_in_latin_letters,
        "abroad": checks.goes_as_pes and debtor.has_address and not debtor.lives_in_france,
    }
    blocking = [code for code, is_so in anomalies.items() if is_so]
    if checks.goes_as_pes and not debtor.civility and not blocking:
        blocking = [UNNAMED]
    return [*blocking, *(["plan_asked"] if checks.plan == ASKED else [])]


def may_be_handed_over(anomalies: Iterable[str], blocking: Iterable[str]) -> bool:
    """Say whether a bill with these anomalies may be handed over."""
    return not set(anomalies) & set(blocking)
