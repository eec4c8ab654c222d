"""
Contracts of letters on paper, for a régisseur: what waits to be printed, and what was printed.

A letter is a bill, a credit note, a reminder or a tax certificate of a household that no e-mail
reaches, or that asked for paper. The provider is the caller, and the person a régisseur there.
Of a protected household (rule R9) there is a name and no place, here and in the file.
"""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from shared.contracts.billing.bills import CREDIT_NOTE, INVOICE, Number
from shared.contracts.billing.regie.runs import PayerName
from shared.contracts.errors import Refusal
from shared.contracts.message import Empty, Method
from shared.contracts.values import (
    EMPTY,
    Cents,
    Count,
    Day,
    FilePart,
    Id,
    Moment,
    PageAnswer,
    PageRequest,
    PartRequest,
    maybe_text,
    one_of,
    text,
)

OWNER = "billing"

REMINDER, CERTIFICATE = "reminder", "certificate"
LETTER_KINDS = (INVOICE, CREDIT_NOTE, REMINDER, CERTIFICATE)
BY_POSTCODE, BY_PAYER = "postcode", "payer"
ORDERS = (BY_POSTCODE, BY_PAYER)
BY_POST, PROTECTED, NO_ADDRESS = "", "protected", "no_address"
HANDED_OVER_WHYS = (
    BY_POST,
    PROTECTED,  # no régie is shown where the household lives: the letter is handed over
    NO_ADDRESS,
)
PAGE = 400
RUNS_SHOWN = 24

Round = Annotated[str, text(30)]
"""
Codes of letters that leave together: `bills:2026-11`, `reminders:2026-12-20`, `certificates:2025`.
"""
LetterKind = Annotated[str, one_of(LETTER_KINDS)]
ByHand = Annotated[str, one_of(HANDED_OVER_WHYS)]


class WaitingLetter(TypedDict):
    """A letter to be printed; `numbers` are of its bills, none for a certificate."""

    kind: LetterKind
    round: Round
    household_id: Id
    payer: PayerName
    numbers: list[Number]
    postcode: Annotated[str, EMPTY]
    town: Annotated[str, EMPTY]
    by_hand: ByHand
    cents: Cents
    since: Day


@dataclass(frozen=True)
class LettersToPrintAnswer(PageAnswer):
    letters: list[WaitingLetter]


letters_to_print = Method(OWNER, "letters_to_print", PageRequest, LettersToPrintAnswer)
"""Letters that wait, those of some households after the other; not in the order of a printer."""


@dataclass(frozen=True, kw_only=True)
class PrintLettersRequest:
    """All letters of a round, of all rounds where it is ""; `letters` were on the screen."""

    round: Annotated[str, maybe_text(30)] = ""
    order: Annotated[str, one_of(ORDERS)] = BY_POSTCODE
    letters: Count
    total_cents: Cents


@dataclass(frozen=True)
class PrintLettersAnswer:
    run_id: Id


print_letters = Method(OWNER, "print_letters", PrintLettersRequest, PrintLettersAnswer, writes=True)
"""
Have letters laid out for the printer; they wait no more, and can be had again from their run.

Refusals: Outdated (something else waits by now).
"""


class PrintPart(TypedDict):
    """Some letters of a run, as one file; `ready` once it is laid out."""

    number: Count
    letters: Count
    ready: bool
    being_made: bool


class PrintRun(TypedDict):
    """Letters that were printed at one time, and by whom."""

    run_id: Id
    printed_at: Moment
    by: Annotated[str, maybe_text(120)]
    letters: Count
    by_hand: Count


@dataclass(frozen=True)
class PrintRunsAnswer(PageAnswer):
    runs: list[PrintRun]


print_runs = Method(OWNER, "print_runs", PageRequest, PrintRunsAnswer)
"""The print runs, the latest first."""


@dataclass(frozen=True)
class ReadPrintRunRequest(PageRequest):
    run_id: Id


class PrintedLetter(TypedDict):
    """A letter of a run; `part` is the file in which it is."""

    kind: LetterKind
    household_id: Id
    payer: PayerName
    numbers: list[Number]
    by_hand: ByHand
    cents: Cents
    part: Count


@dataclass(frozen=True)
class ReadPrintRunAnswer(PageAnswer):
    run: PrintRun
    parts: list[PrintPart]
    letters: list[PrintedLetter]


read_print_run = Method(OWNER, "read_print_run", ReadPrintRunRequest, ReadPrintRunAnswer)
"""A run of letters with a page of them, in the order of the paper."""


@dataclass(frozen=True, kw_only=True)
class PrintFileRequest(PartRequest):
    """A part of the run's file with this `number`, from 1."""

    run_id: Id
    number: Count


print_file = Method(OWNER, "print_file", PrintFileRequest, FilePart)
"""One tagged PDF. Refusals: NotLaidOutYet."""


@dataclass(frozen=True)
class PrintAgainRequest:
    run_id: Id


print_again = Method(OWNER, "print_again", PrintAgainRequest, Empty, writes=True)
"""Have the files of a run laid out again, of those that are no longer kept."""


@dataclass(frozen=True)
class ChoosePaperRequest:
    household_id: Id
    paper: bool


choose_paper = Method(OWNER, "choose_paper", ChoosePaperRequest, Empty, writes=True)
"""Note that a household wants its letters of this provider on paper, or no longer."""


class NotLaidOutYet(Refusal):
    """The file is being made, or is no longer kept: it can be made again."""

    code = "not_laid_out_yet"
