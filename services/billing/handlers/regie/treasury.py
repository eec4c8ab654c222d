"""Public finance, for a régisseur: lots, their files, returns."""

from services.billing.handlers.caller_rights import (
    calling_provider,
    is_regie_agent,
    regie_of_caller,
)
from services.billing.treasury.commands import accountant_returns, debtor_names, lot_transfer
from services.billing.treasury.queries import lot_files, lots, returned_rows
from services.billing.treasury.queries.transferable_bills import (
    Choice,
    candidate_bills,
    preview_of_lot,
)
from shared.bus import PROVIDERS, Service, answers
from shared.contracts.billing.regie import treasury as contracts
from shared.contracts.message import Caller, Empty
from shared.contracts.values import FilePart, PageRequest
from shared.database import Write
from shared.dates.clock import now, today


class Treasury(Service):
    """The provider is the caller: another one's lots and returns are not to be found."""

    @answers(contracts.preview_lot, callers=[PROVIDERS], right=is_regie_agent)
    def preview_lot(
        self, request: contracts.PreviewLotRequest, caller: Caller
    ) -> contracts.PreviewLotAnswer:
        """Return the bills that would be handed over, and those that stay, with the reason."""
        regie = regie_of_caller(calling_provider(self.store, caller.principal), request.regie)
        with self.store.read() as read:
            bills = candidate_bills(read, regie, _choice_of_request(request), today())
        return preview_of_lot(bills, regie)

    @answers(contracts.name_debtors, callers=[PROVIDERS], right=is_regie_agent)
    def name_debtors(
        self, write: Write, request: contracts.NameDebtorsRequest, caller: Caller
    ) -> Empty:
        """Write how debtors of a régie's bills are called."""
        regie = regie_of_caller(calling_provider(self.store, caller.principal), request.regie)
        debtor_names.write_debtor_names(
            write, regie.code, request.debtors, by=caller.subject, at=now()
        )
        return Empty()

    @answers(contracts.order_lot, callers=[PROVIDERS], right=is_regie_agent)
    def order_lot(
        self, write: Write, request: contracts.OrderLotRequest, caller: Caller
    ) -> contracts.OrderLotAnswer:
        """Order what was shown to be handed over; the worker does it."""
        provider = calling_provider(self.store, caller.principal)
        lot_id = lot_transfer.order_lot_of_bills(
            write,
            provider,
            regie_of_caller(provider, request.regie),
            _choice_of_request(request),
            (request.bills, request.total_cents),
            by=caller.subject,
            at=now(),
        )
        return contracts.OrderLotAnswer(lot_id)

    @answers(contracts.lots, callers=[PROVIDERS], right=is_regie_agent)
    def lots(self, request: PageRequest, caller: Caller) -> contracts.LotsAnswer:
        """List lots, the latest first."""
        with self.store.read() as read:
            return lots.page_of_lots(
                read, calling_provider(self.store, caller.principal), request.after
            )

    @answers(contracts.read_lot, callers=[PROVIDERS], right=is_regie_agent)
    def read_lot(
        self, request: contracts.ReadLotRequest, caller: Caller
    ) -> contracts.ReadLotAnswer:
        """Return a lot with a page of its bills."""
        with self.store.read() as read:
            lot = lots.require_lot(
                read, calling_provider(self.store, caller.principal), request.lot_id
            )
            finance = self.store.register.provider_and_regie(lot.regie)[1].finance
            pieces, following = lots.page_of_pieces(read, lot, request.after)
            pes, missing = lot_files.pes_check_state(finance, self.settings.pes_xsd_dir)
            return contracts.ReadLotAnswer(
                **lots.lot_summary(read, lot),
                pieces=pieces,
                next=following,
                pes=pes,
                pes_missing=missing,
            )

    @answers(contracts.lot_file, callers=[PROVIDERS], right=is_regie_agent)
    def lot_file(self, request: contracts.LotFileRequest, caller: Caller) -> FilePart:
        """Return a part of a lot's file."""
        with self.store.read() as read:
            lot = lots.require_lot(
                read, calling_provider(self.store, caller.principal), request.lot_id
            )
            return lot_files.part_of_lot_file(
                lot.id,
                lambda: lots.lot_content_for_files(read, lot),
                request.kind,
                request.part,
                self.settings.pes_xsd_dir,
            )

    @answers(contracts.read_return, callers=[PROVIDERS], right=is_regie_agent)
    def read_return(
        self, write: Write, request: contracts.ReadReturnRequest, caller: Caller
    ) -> contracts.ReadReturnAnswer:
        """Read what the accountant sends back, row by row."""
        provider = calling_provider(self.store, caller.principal)
        return_id, counts = accountant_returns.process_return(
            write,
            provider,
            regie_of_caller(provider, request.regie),
            request.content,
            by=caller.subject,
            at=now(),
        )
        return contracts.ReadReturnAnswer(return_id, counts)

    @answers(contracts.returned_rows, callers=[PROVIDERS], right=is_regie_agent)
    def returned_rows(
        self, request: contracts.ReturnedRowsRequest, caller: Caller
    ) -> contracts.ReturnedRowsAnswer:
        """List the rows of a return, or those that wait to be seen to."""
        provider = calling_provider(self.store, caller.principal)
        with self.store.read() as read:
            return returned_rows.page_of_returned_rows(
                read, provider, request.return_id, request.after
            )

    @answers(contracts.see_row, callers=[PROVIDERS], right=is_regie_agent)
    def see_row(self, write: Write, request: contracts.SeeRowRequest, caller: Caller) -> Empty:
        """Note that an agent has seen to a row."""
        accountant_returns.mark_row_seen(
            write, calling_provider(self.store, caller.principal), request.row_id, now()
        )
        return Empty()


def _choice_of_request(request: contracts.PreviewLotRequest) -> Choice:
    return Choice(request.overdue_days, request.reminders)
