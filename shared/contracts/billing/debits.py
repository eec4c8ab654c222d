"""
Contracts of direct debit: families give and withdraw mandates, a régie debits.

An IBAN travels once, when a mandate is given; afterwards its last four figures are all that is
shown.
"""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from marshmallow import validate

from shared.contracts.errors import Refusal
from shared.contracts.message import Empty, Method
from shared.contracts.values import (
    EMPTY,
    NONE,
    Cents,
    Code,
    Count,
    Day,
    FilePart,
    Id,
    Moment,
    OfHousehold,
    PageAnswer,
    PageRequest,
    PartRequest,
    list_length,
    maybe_text,
    one_of,
    text,
)

OWNER = "billing"

RECURRENT, ONE_OFF = "recurrent", "one_off"
MANDATE_KINDS = (RECURRENT, ONE_OFF)
ACTIVE, ENDING, WITHDRAWN, SUSPENDED = "active", "ending", "withdrawn", "suspended"
MANDATE_STATES = (
    ACTIVE,
    ENDING,  # one debit more, then withdrawn
    WITHDRAWN,
    SUSPENDED,  # two debits in a row were rejected: back to paying by hand
)
SEQUENCES = ("FRST", "RCUR", "OOFF", "FNAL")
ORDERED, COLLECTED = "ordered", "collected"
RUN_STATES = (ORDERED, COLLECTED)
REASONS = ("AC01", "AC04", "AC06", "AM04", "MD01", "MD06", "MS02", "MS03", "other")
"""
Why a bank rejects: account wrong, closed, blocked; too little on it; no mandate; refund asked for;
refused by the debtor; not said.
"""
PAGE = 200

Kind = Annotated[str, one_of(MANDATE_KINDS)]
Rum = Annotated[str, text(35)]
"""The unique reference of a mandate."""
REFERENCE_FOR_BANKS = r"(?! )[A-Za-z0-9+?/:().,' -]{1,35}(?<! )"
"""The signs that banks take."""
OldRum = Annotated[str, validate.Regexp(rf"^{REFERENCE_FOR_BANKS}\Z")]
"""A reference that another software gave."""


class SignedMandate(TypedDict):
    """A mandate that was not withdrawn."""

    mandate_id: Id
    provider: Code
    rum: Rum
    kind: Kind
    state: Annotated[str, one_of(MANDATE_STATES)]
    last4: Annotated[str, text(4)]
    signed_on: Day


class Creditor(TypedDict):
    """A provider that debits, by the name of its régie and its creditor's identifier."""

    provider: Code
    creditor: Annotated[str, text(120)]
    ics: Annotated[str, text(35)]


@dataclass(frozen=True)
class MyMandatesAnswer:
    """
    `offered`: the providers to which the household may still give a mandate; none where billing
    cannot read accounts (AccountsUnreadable). `withheld` says that this is why.
    """

    mandates: list[SignedMandate]
    offered: list[Creditor]
    withheld: bool = False


my_mandates = Method(OWNER, "my_mandates", OfHousehold, MyMandatesAnswer)
"""A household's mandates, and the providers it may still give one to."""


@dataclass(frozen=True)
class GiveMandateRequest:
    household_id: Id
    provider: Code
    kind: Kind
    holder: Annotated[str, text(70)]
    iban: Annotated[str, text(42)]
    bic: Annotated[str, maybe_text(11)] = ""


@dataclass(frozen=True)
class GiveMandateAnswer:
    rum: Rum


give_mandate = Method(OWNER, "give_mandate", GiveMandateRequest, GiveMandateAnswer, writes=True)
"""
A guardian signs a mandate, of today.

Refusals: BadRequest (IBAN, BIC), DebitNotOffered (the provider does not debit, or has a mandate of
this household already), AccountsUnreadable.
"""


@dataclass(frozen=True)
class WithdrawMandateRequest:
    mandate_id: Id
    after_next: bool = False


withdraw_mandate = Method(OWNER, "withdraw_mandate", WithdrawMandateRequest, Empty, writes=True)
"""Withdraw at once, or after one debit more. What is at the bank already is taken still."""


MANDATES_AT_ONCE = 100
"""The most mandates of one request of an import."""


class ImportedMandate(TypedDict):
    """
    A mandate that a guardian of a household signed for another software, under its old `rum`.

    `used_on` is the last day on which it was debited there, null where it never was.
    """

    household_id: Id
    given_by: Id
    rum: OldRum
    holder: Annotated[str, text(70)]
    iban: Annotated[str, text(42)]
    bic: Annotated[str, maybe_text(11), EMPTY]
    signed_on: Day
    used_on: Annotated[Day | None, NONE]


NOT_OFFERED, OTHER_MANDATE, RUM_TAKEN = "not_offered", "other_mandate", "rum_taken"
UNKNOWN_PAYER, WRONG_ACCOUNT, VOID = "unknown_payer", "wrong_account", "void"
WHY_NO_MANDATE = (
    NOT_OFFERED,  # no régie of the provider debits
    OTHER_MANDATE,  # the household has another one at that régie
    RUM_TAKEN,  # that reference is another household's, or of another account, or withdrawn here
    UNKNOWN_PAYER,  # the dossier has not published that guardian in this household: perhaps not yet
    WRONG_ACCOUNT,  # IBAN, BIC or holder
    VOID,  # it was not used for 36 months, or is of a day still to come
)


class RefusedMandate(TypedDict):
    rum: Rum
    why: Annotated[str, one_of(WHY_NO_MANDATE)]


@dataclass(frozen=True)
class ImportMandatesRequest:
    batch: Annotated[str, text(60)]
    provider: Code
    mandates: Annotated[list[ImportedMandate], list_length(1, MANDATES_AT_ONCE)]


@dataclass(frozen=True)
class ImportMandatesAnswer:
    new: Count
    same: Count
    refused: Annotated[list[RefusedMandate], list_length(0, MANDATES_AT_ONCE)]


import_mandates = Method(
    OWNER, "import_mandates", ImportMandatesRequest, ImportMandatesAnswer, writes=True
)
"""
Mandates of another software go on under their old references, at one provider; never read back.

Safe to repeat. A refused one keeps no other back. No notice leaves. Refusals:
AccountsUnreadable.
"""


@dataclass(frozen=True)
class UndoMandatesRequest:
    batch: Annotated[str, text(60)]


@dataclass(frozen=True)
class UndoMandatesAnswer:
    """Counts of mandates removed, and of those kept: debited or ended here since."""

    removed: Count
    kept: Count


undo_mandates = Method(OWNER, "undo_mandates", UndoMandatesRequest, UndoMandatesAnswer, writes=True)
"""Take back the mandates of a batch by which nothing was debited here."""


class CollectingRegie(TypedDict):
    """A régie that collects by direct debit, after so many days of notice."""

    code: Code
    label: Annotated[str, text(120)]
    notice_days: Count


class RunOfDebits(TypedDict):
    """A run of debits, with how many bills it debits and how many of them a bank rejected."""

    run_id: Id
    number: Annotated[str, text(30)]
    state: Annotated[str, one_of(RUN_STATES)]
    collect_on: Day
    debits: Count
    rejected: Count
    total_cents: Cents


@dataclass(frozen=True)
class DebitsAnswer:
    """`mandates` and `suspended` count mandates; `runs` are the last ones."""

    regies: list[CollectingRegie]
    mandates: Count
    suspended: Count
    runs: list[RunOfDebits]


debits = Method(OWNER, "debits", Empty, DebitsAnswer)
"""Direct debit at a glance: the régies that collect so, mandates, the last runs."""


@dataclass(frozen=True)
class PreviewDebitsRequest:
    regie: Code
    collect_on: Day


@dataclass(frozen=True)
class PreviewDebitsAnswer:
    """
    `earliest`: the first day that leaves families their days of notice. `banks_collect_on`: the day
    that was asked, or the next on which banks collect.
    """

    debits: Count
    total_cents: Cents
    earliest: Day
    banks_collect_on: Day


preview_debits = Method(OWNER, "preview_debits", PreviewDebitsRequest, PreviewDebitsAnswer)
"""
The sum of the bills that would be debited on a day.

Refusals: AccountsUnreadable.
"""


@dataclass(frozen=True)
class OrderDebitsRequest:
    """`debits` and `total_cents` are those that were on the screen."""

    regie: Code
    collect_on: Day
    debits: Count
    total_cents: Cents


@dataclass(frozen=True)
class OrderDebitsAnswer:
    run_id: Id


order_debits = Method(OWNER, "order_debits", OrderDebitsRequest, OrderDebitsAnswer, writes=True)
"""
Debit what was shown, and notify each family. Refusals: Outdated (something else by now), TooEarly,
NoBankingDay, AccountsUnreadable.
"""


class DebitedBill(TypedDict):
    """A debit of a run; `reason` is "" unless the bank rejected it."""

    payment_id: Id
    invoice_id: Id
    number: Annotated[str, text(30)]
    payer: Annotated[str, text(250)]
    rum: Rum
    last4: Annotated[str, text(4)]
    sequence: Annotated[str, one_of(SEQUENCES)]
    cents: Cents
    state: Code
    reason: str
    household_id: Annotated[Id | None, NONE]


@dataclass(frozen=True)
class ReadDebitsRequest(PageRequest):
    run_id: Id


@dataclass(frozen=True)
class ReadDebitsAnswer(PageAnswer):
    number: Annotated[str, text(30)]
    state: Annotated[str, one_of(RUN_STATES)]
    collect_on: Day
    ordered_at: Moment
    total_cents: Cents
    debits: list[DebitedBill]


read_debits = Method(OWNER, "read_debits", ReadDebitsRequest, ReadDebitsAnswer)
"""A run with a page of its debits, in the order of their bills."""


@dataclass(frozen=True)
class DebitFileRequest(PartRequest):
    run_id: Id


debit_file = Method(OWNER, "debit_file", DebitFileRequest, FilePart)
"""
One part of a run's pain.008 file, the same bytes each time.

Refusals: AccountsUnreadable.
"""


@dataclass(frozen=True)
class ConfirmDebitsRequest:
    run_id: Id


confirm_debits = Method(OWNER, "confirm_debits", ConfirmDebitsRequest, Empty, writes=True)
"""The bank has taken them: what it did not reject is paid. Refusals: TooEarly."""


@dataclass(frozen=True)
class RejectDebitRequest:
    payment_id: Id
    reason: Annotated[str, one_of(REASONS)]


reject_debit = Method(OWNER, "reject_debit", RejectDebitRequest, Empty, writes=True)
"""
The bank rejects a debit, before or after it was taken: the bill is owed again.

Refusals: Outdated (another reason is noted).
"""


class DebitNotOffered(Refusal):
    """The provider does not debit, or has a mandate of this household already."""

    code = "debit_not_offered"


class AccountsUnreadable(Refusal):
    """
    Billing has another key than that which sealed the accounts.

    None is taken, debited, or given to a bank.
    """

    code = "accounts_unreadable"


class TooEarly(Refusal):
    """Families have so many days' notice: `detail["earliest"]`; or the day has not come."""

    code = "too_early"


class NoBankingDay(Refusal):
    """Banks are closed on that day: they collect on `detail["next"]`."""

    code = "no_banking_day"
