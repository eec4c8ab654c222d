"""Letters on paper, for a régisseur: what waits, what was printed, and its files."""

from services.billing.documents.letters import name_of_printed_file
from services.billing.handlers.caller_rights import calling_provider, is_regie_agent
from services.billing.letters.commands import printing
from services.billing.letters.queries import printed
from services.billing.letters.queries.unprinted_letters import page_of_waiting_letters
from services.billing.letters.rules.envelopes import Letter
from services.billing.payers.commands import email_reach
from services.billing.payers.queries.households_known_to_provider import knows_household
from shared.bus import PROVIDERS, Service, answers
from shared.contracts.billing.regie import letters as contracts
from shared.contracts.errors import NotFound
from shared.contracts.message import Caller, Empty
from shared.contracts.values import FilePart, PageRequest
from shared.database import Write
from shared.dates.clock import now, today
from shared.documents.document_part_for_message import file_part


class Letters(Service):
    """The provider is the caller: another one's letters are not to be found."""

    @answers(contracts.letters_to_print, callers=[PROVIDERS], right=is_regie_agent)
    def letters_to_print(
        self, request: PageRequest, caller: Caller
    ) -> contracts.LettersToPrintAnswer:
        provider = self._code_of_calling_provider(caller)
        with self.store.read() as read:
            letters, last = page_of_waiting_letters(read, provider, today(), request.after)
        return contracts.LettersToPrintAnswer(
            [_letter_as_answered(letter) for letter in letters], next=last
        )

    @answers(contracts.print_letters, callers=[PROVIDERS], right=is_regie_agent)
    def print_letters(
        self, write: Write, request: contracts.PrintLettersRequest, caller: Caller
    ) -> contracts.PrintLettersAnswer:
        provider = self._code_of_calling_provider(caller)
        return contracts.PrintLettersAnswer(
            printing.print_letters(write, provider, request, by=caller.subject, at=now())
        )

    @answers(contracts.print_runs, callers=[PROVIDERS], right=is_regie_agent)
    def print_runs(self, request: PageRequest, caller: Caller) -> contracts.PrintRunsAnswer:
        with self.store.read() as read:
            return printed.page_of_printing_runs(
                read, self._code_of_calling_provider(caller), request.after
            )

    @answers(contracts.read_print_run, callers=[PROVIDERS], right=is_regie_agent)
    def read_print_run(
        self, request: contracts.ReadPrintRunRequest, caller: Caller
    ) -> contracts.ReadPrintRunAnswer:
        with self.store.read() as read:
            run = printed.require_print_run(
                read, self._code_of_calling_provider(caller), request.run_id
            )
            letters, following = printed.page_of_letters(read, run, request.after)
            return contracts.ReadPrintRunAnswer(
                run=printed.printing_run_as_listed(read, run),
                parts=printed.files_of_run(read, run),
                letters=letters,
                next=following,
            )

    @answers(contracts.print_file, callers=[PROVIDERS], right=is_regie_agent)
    def print_file(self, request: contracts.PrintFileRequest, caller: Caller) -> FilePart:
        with self.store.read() as read:
            run = printed.require_print_run(
                read, self._code_of_calling_provider(caller), request.run_id
            )
            content = printed.file_of_print_run(read, run, request.number)
        return file_part(name_of_printed_file(run, request.number), content, request.part)

    @answers(contracts.print_again, callers=[PROVIDERS], right=is_regie_agent)
    def print_again(
        self, write: Write, request: contracts.PrintAgainRequest, caller: Caller
    ) -> Empty:
        run = printed.require_print_run(
            write, self._code_of_calling_provider(caller), request.run_id
        )
        printing.lay_out_again(write, run.id, printed.files_with_protected_address(write, run))
        return Empty()

    @answers(contracts.choose_paper, callers=[PROVIDERS], right=is_regie_agent)
    def choose_paper(
        self, write: Write, request: contracts.ChoosePaperRequest, caller: Caller
    ) -> Empty:
        provider = calling_provider(self.store, caller.principal)
        if not knows_household(write, provider, request.household_id):
            raise NotFound
        email_reach.record_paper_choice(
            write,
            provider.code,
            request.household_id,
            paper=request.paper,
            by=caller.subject,
            at=now(),
        )
        return Empty()

    def _code_of_calling_provider(self, caller: Caller) -> str:
        return calling_provider(self.store, caller.principal).code


def _letter_as_answered(letter: Letter) -> contracts.WaitingLetter:
    return {
        "kind": letter.kind,
        "round": letter.round,
        "household_id": letter.household_id,
        "payer": letter.payer,
        "numbers": letter.bill_numbers,
        "postcode": letter.postcode,
        "town": letter.town,
        "by_hand": letter.reason_not_to_post,
        "cents": letter.cents,
        "since": letter.since,
    }
