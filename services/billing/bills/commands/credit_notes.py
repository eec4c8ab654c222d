"""
Credit notes: what is taken back of an issued bill, which itself is never edited.

A credit note lowers what its bill still claims; where the bill was paid beyond that, the rest is
the household's credit. Runs and agents write them alike.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.billing.bills.rules.contents_of_new_bills import NewBill, revenue_by_account
from services.billing.ledger.commands.entries import post_entries
from services.billing.ledger.queries.balances import balances_of_bills
from services.billing.ledger.rules.allocation import allocate_to_bill
from services.billing.ledger.rules.new_entry_and_its_id import Move, NewEntry
from services.billing.models.ledger import ADVANCE, RECEIVABLE, TREASURY
from shared.database import Write
from shared.dates.clock import PARIS


def post_credit_notes(write: Write, regie: str, notes: Sequence[NewBill], at: datetime) -> None:
    """
    Post what credit notes give back; the caller has locked the households' cards.

    Several of one bill in one call would each see the balance before all of them: never done.
    """
    corrected = {note.of_invoice_id for note in notes if note.of_invoice_id}
    receivable, treasury = (
        balances_of_bills(write, corrected),
        balances_of_bills(write, corrected, TREASURY),
    )
    entries: list[NewEntry] = []
    for note in notes:
        assert note.of_invoice_id is not None
        entries += _entries_of_credit_note(
            _Place(regie, at, note),
            max(0, receivable[note.of_invoice_id]),
            max(0, treasury[note.of_invoice_id]),
        )
    post_entries(write, entries)


@dataclass(frozen=True, slots=True)
class _Place:
    """Target of a credit note's ledger entries."""

    regie: str
    at: datetime
    note: NewBill

    def make_entry(self, kind: str, moves: Sequence[Move]) -> NewEntry:
        day = self.at.astimezone(PARIS).date()
        return NewEntry(self.regie, kind, f"{kind}:{self.note.id}", day, self.at, moves)

    def receivable_move(self, cents: int) -> Move:
        return Move(RECEIVABLE, cents, self.note.household_id, self.note.of_invoice_id)


def _entries_of_credit_note(place: _Place, owed: int, at_treasury: int) -> Iterable[NewEntry]:
    """
    Give the credit note's entry and, beyond what was owed here, the one that frees the rest.

    What is owed at the Treasury is lessened first; the rest is the household's credit.
    """
    given_back = -place.note.total_cents
    lost = [
        Move(account, -cents)
        for account, cents in revenue_by_account(place.note.lines).items()
        if cents
    ]
    yield place.make_entry("credit_note", [*lost, place.receivable_move(-given_back)])
    freed = given_back - owed
    if freed > 0:
        less, transferred = allocate_to_bill(freed, at_treasury)
        household, bill = place.note.household_id, place.note.of_invoice_id
        moves = [Move(TREASURY, -less, household, bill), Move(ADVANCE, -transferred, household)]
        given = [move for move in moves if move.cents]
        yield place.make_entry("credit_freed", [place.receivable_move(freed), *given])
