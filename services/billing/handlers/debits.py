"""Direct debit: families' mandates, and a régie's runs."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from services.billing.debits.commands import debit_outcomes, imported_mandates
from services.billing.debits.commands.debit_runs import debit_bills_of_day
from services.billing.debits.commands.mandates import give_mandate, withdraw_mandate
from services.billing.debits.queries import debit_runs, mandates
from services.billing.debits.rules.bank_accounts import parse_account
from services.billing.debits.rules.banking_days import banking_day_from
from services.billing.debits.rules.regies_collecting_by_debit import earliest_day_to_collect
from services.billing.handlers.caller_rights import (
    calling_provider,
    is_mandate_of_own_household,
    is_of_own_household,
    is_regie_agent,
    regie_of_caller,
)
from services.billing.models.sealed_columns import account_sealer
from shared.bus import OPS, PORTAL, PROVIDERS, Service, answers, service_only
from shared.contracts.billing import debits as contracts
from shared.contracts.errors import BadRequest
from shared.contracts.message import Caller, Empty
from shared.contracts.values import FilePart, OfHousehold
from shared.database import Unreadable, Write
from shared.database.keys.sealing import Sealer
from shared.dates.clock import now
from shared.documents.document_part_for_message import file_part
from shared.register import ProviderNotFound


class Debits(Service):
    """A family's account is sealed here, and leaves in the bank's file alone."""

    @answers(contracts.my_mandates, callers=[PORTAL], right=is_of_own_household)
    def my_mandates(self, request: OfHousehold, _caller: Caller) -> contracts.MyMandatesAnswer:
        """Return a household's mandates, and the providers it may give one to."""
        providers = self.store.register.running_providers
        with self.store.read() as read:
            active = mandates.mandates_in_force(read, request.household_id)
            offered = mandates.creditors_offered(read, providers, request.household_id)
            try:
                self._account_sealer(read)
                withheld = False
            except contracts.AccountsUnreadable:  # no form asks for an account that cannot be kept
                withheld = bool(offered)
                offered = []
            return contracts.MyMandatesAnswer(
                [mandates.mandate_shown(mandate) for mandate in active], offered, withheld
            )

    @answers(contracts.give_mandate, callers=[PORTAL], right=is_of_own_household)
    def give_mandate(
        self, write: Write, request: contracts.GiveMandateRequest, caller: Caller
    ) -> contracts.GiveMandateAnswer:
        """Keep a mandate that a guardian signs today."""
        rum = give_mandate(
            write,
            self.store.register.provider(request.provider),
            request.household_id,
            request.kind,
            parse_account(request.holder, request.iban, request.bic),
            self._account_sealer(write),
            by=caller.subject,
            at=now(),
        )
        return contracts.GiveMandateAnswer(rum)

    @answers(contracts.withdraw_mandate, callers=[PORTAL], right=is_mandate_of_own_household)
    def withdraw_mandate(
        self, write: Write, request: contracts.WithdrawMandateRequest, _caller: Caller
    ) -> Empty:
        """End a mandate, at once or after one debit more."""
        withdraw_mandate(write, request.mandate_id, after_next=request.after_next, at=now())
        return Empty()

    @answers(contracts.import_mandates, callers=[OPS], right=service_only)
    def import_mandates(
        self, write: Write, request: contracts.ImportMandatesRequest, _caller: Caller
    ) -> contracts.ImportMandatesAnswer:
        """Let mandates of another software go on under their old references."""
        try:
            provider = self.store.register.provider(request.provider)
        except ProviderNotFound:
            raise BadRequest(errors={"provider": ["unknown"]}) from None
        sealer = self._account_sealer(write)
        with _named_if_unreadable():
            return imported_mandates.import_mandates(
                write, provider, request.batch, request.mandates, sealer, now()
            )

    @answers(contracts.undo_mandates, callers=[OPS], right=service_only)
    def undo_mandates(
        self, write: Write, request: contracts.UndoMandatesRequest, _caller: Caller
    ) -> contracts.UndoMandatesAnswer:
        """Take a batch of mandates back, but for those that were used or ended here."""
        return imported_mandates.undo_imported_mandates(write, request.batch)

    @answers(contracts.debits, callers=[PROVIDERS], right=is_regie_agent)
    def debits(self, _request: Empty, caller: Caller) -> contracts.DebitsAnswer:
        """Show direct debit at a glance."""
        with self.store.read() as read:
            return debit_runs.direct_debit_overview(
                read, calling_provider(self.store, caller.principal)
            )

    @answers(contracts.preview_debits, callers=[PROVIDERS], right=is_regie_agent)
    def preview_debits(
        self, request: contracts.PreviewDebitsRequest, caller: Caller
    ) -> contracts.PreviewDebitsAnswer:
        """Return the sum of what would be debited on a day."""
        creditor = regie_of_caller(calling_provider(self.store, caller.principal), request.regie)
        with self.store.read() as read:
            self._account_sealer(read)  # else an order would be refused only once it is given
            usable = mandates.usable_mandates(read, creditor.code, request.collect_on)
            bills = debit_runs.bills_to_debit(read, creditor, usable, request.collect_on)
        return contracts.PreviewDebitsAnswer(
            debits=len(bills),
            total_cents=sum(bill.cents for bill in bills),
            earliest=earliest_day_to_collect(creditor, now()),
            banks_collect_on=banking_day_from(request.collect_on),
        )

    @answers(contracts.order_debits, callers=[PROVIDERS], right=is_regie_agent)
    def order_debits(
        self, write: Write, request: contracts.OrderDebitsRequest, caller: Caller
    ) -> contracts.OrderDebitsAnswer:
        """Debit what was shown, and notify each family."""
        provider = calling_provider(self.store, caller.principal)
        sealer = self._account_sealer(write)
        with _named_if_unreadable():
            run_id = debit_bills_of_day(
                write,
                provider,
                regie_of_caller(provider, request.regie),
                request.collect_on,
                (request.debits, request.total_cents),
                sealer,
                by=caller.subject,
                at=now(),
            )
        return contracts.OrderDebitsAnswer(run_id)

    @answers(contracts.read_debits, callers=[PROVIDERS], right=is_regie_agent)
    def read_debits(
        self, request: contracts.ReadDebitsRequest, caller: Caller
    ) -> contracts.ReadDebitsAnswer:
        """Return a run with a page of its debits."""
        with self.store.read() as read:
            run = debit_runs.require_run(
                read, calling_provider(self.store, caller.principal), request.run_id
            )
            return debit_runs.run_with_debits(read, run, request.after)

    @answers(contracts.debit_file, callers=[PROVIDERS], right=is_regie_agent)
    def debit_file(self, request: contracts.DebitFileRequest, caller: Caller) -> FilePart:
        """Return a part of the bank's file."""
        with self.store.read() as read:
            run = debit_runs.require_run(
                read, calling_provider(self.store, caller.principal), request.run_id
            )
            sealer = self._account_sealer(read)
            with _named_if_unreadable():
                content = sealer.open_bytes(run.id, run.file)
            return file_part(f"pain008-{debit_runs.number_of_run(run)}.xml", content, request.part)

    @answers(contracts.confirm_debits, callers=[PROVIDERS], right=is_regie_agent)
    def confirm_debits(
        self, write: Write, request: contracts.ConfirmDebitsRequest, caller: Caller
    ) -> Empty:
        """Book what the bank has taken."""
        provider = calling_provider(self.store, caller.principal)
        run = debit_runs.require_run(write, provider, request.run_id)
        debit_outcomes.confirm_collection(
            write, provider, regie_of_caller(provider, run.regie), run, now()
        )
        return Empty()

    @answers(contracts.reject_debit, callers=[PROVIDERS], right=is_regie_agent)
    def reject_debit(
        self, write: Write, request: contracts.RejectDebitRequest, caller: Caller
    ) -> Empty:
        """Take back a debit that the bank rejects."""
        provider = calling_provider(self.store, caller.principal)
        debit_outcomes.reject_debit(
            write,
            provider,
            request.payment_id,
            request.reason,
            by=caller.subject,
            at=now(),
        )
        return Empty()

    def _account_sealer(self, read: Session) -> Sealer:
        """Return the sealer of accounts; raises AccountsUnreadable."""
        sealer = account_sealer(self.settings.key_encryption_key)
        if not mandates.are_accounts_readable(read, sealer):
            raise contracts.AccountsUnreadable
        return sealer


@contextmanager
def _named_if_unreadable() -> Iterator[None]:
    """Raise AccountsUnreadable for one account or file of another key than the others."""
    try:
        yield
    except Unreadable:
        raise contracts.AccountsUnreadable from None
