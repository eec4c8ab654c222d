"""Content of one file of letters: each as it is alone, in the order of the run."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.billing.documents.bills import bill_data, issued_bill
from services.billing.documents.receipts_and_certificates import Data, certificate_data
from services.billing.documents.reminders import Reminded, reminder_data
from services.billing.models import Invoice, PrintedPiece, PrintRun, TaxCertificate
from services.billing.payers.queries.payers import address_blocks_of
from services.billing.payers.queries.protected_households import protected_households_among
from services.billing.payers.rules.address_redaction import block_without_address
from shared.contracts.billing.bills import CREDIT_NOTE, INVOICE
from shared.contracts.billing.regie.letters import CERTIFICATE, REMINDER
from shared.dates.clock import PARIS
from shared.register import Provider, Register

TEMPLATE = Path(__file__).parent / "templates" / "letters.typ"

Pieces = Sequence[PrintedPiece]


class FileOfLetters:
    """
    Content of one file of a run, as of the day of the run.

    `by_name` are the households that are protected now: where they live is nowhere in it.
    """

    def __init__(self, session: Session, register: Register, portal: str, run: PrintRun) -> None:
        self._session, self._register, self._portal = session, register, portal
        self._provider = register.present_or_former_provider(run.provider)
        self._day = run.printed_at.astimezone(PARIS).date()
        self._run = run
        self._layouts: Mapping[str, tuple[str, Callable[[Pieces], Data]]] = {
            INVOICE: ("bill", self._bill_letter),
            CREDIT_NOTE: ("bill", self._bill_letter),
            REMINDER: ("statement", self._reminder_letter),
            CERTIFICATE: ("statement", self._certificate_letter),
        }
        self.by_name: set[str] = set()

    def template_data(self, number: int) -> Data:
        """Return all that the template lays out."""
        pieces = self._session.scalars(
            select(PrintedPiece)
            .where(PrintedPiece.run_id == self._run.id, PrintedPiece.part == number)
            .order_by(PrintedPiece.position, PrintedPiece.reference)
        ).all()
        self.by_name = protected_households_among(
            self._session, {piece.household_id for piece in pieces}
        )
        return title_of_letters(self._provider, self._run, number) | {
            "letters": [*self._letters(pieces)]
        }

    def _letters(self, pieces: Pieces) -> Iterator[Data]:
        for _, several in groupby(pieces, lambda piece: piece.position):
            lying_in_it = list(several)
            layout, content_of = self._layouts[lying_in_it[0].kind]
            yield {**content_of(lying_in_it), "layout": layout}

    def _bill_letter(self, pieces: Pieces) -> Data:
        bill = issued_bill(self._session, self._session.get_one(Invoice, pieces[0].reference))
        hidden = pieces[0].household_id in self.by_name
        return bill_data(self._register, self._portal, replace(bill, by_name=hidden))

    def _reminder_letter(self, pieces: Pieces) -> Data:
        home = pieces[0].household_id
        block = address_blocks_of(self._session, [home], self._day)[home]
        bills = [
            Reminded(self._session.get_one(Invoice, piece.reference), piece.level, piece.cents)
            for piece in pieces
        ]
        in_turn = sorted(bills, key=lambda bill: (bill.invoice.due_on, bill.invoice.id))
        shown = self._address_as_shown(home, block)
        return reminder_data(self._register, self._portal, shown, in_turn, self._day)

    def _certificate_letter(self, pieces: Pieces) -> Data:
        row = self._session.get_one(TaxCertificate, pieces[0].reference)
        said = certificate_data(self._register, row)
        return {**said, "address": self._address_as_shown(row.household_id, row.payer)}

    def _address_as_shown(self, household_id: str, block: Sequence[str]) -> Sequence[str]:
        return block_without_address(block) if household_id in self.by_name else block


def title_of_letters(provider: Provider, run: PrintRun, number: int) -> dict[str, object]:
    """Return what a file of letters is called."""
    day = run.printed_at.astimezone(PARIS).date().isoformat()
    title = f"Courriers du {day}, fichier {number}"
    return {
        "title": title,
        "author": provider.controller,
        "description": f"{title}, {provider.label}",
    }


def name_of_printed_file(run: PrintRun, number: int) -> str:
    """Return a file's name: the moment of the run, and which of its files."""
    moment = run.printed_at.astimezone(PARIS)
    return f"courriers-{moment:%Y-%m-%d-%Hh%M}-{number}.pdf"
