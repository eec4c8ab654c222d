"""
RPC for operations: past bills of other software, past months of a demonstration town, and what is
open at a provider that is to leave.
"""

from collections.abc import Sequence
from datetime import datetime, time

from services.billing.accounts.queries.unsettled import count_unsettled_at_provider
from services.billing.bills.commands import past_bills as past_bill_commands
from services.billing.bills.queries.past_bills import past_bill_with_details
from services.billing.handlers.caller_rights import is_own_past_bill
from services.billing.quantities.queries.counted_quantities import count_published_group_days
from services.billing.runs.commands import opening
from services.billing.runs.queries.progress import (
    count_failed_households,
    run_exists,
    total_of_run,
)
from services.billing.store import store
from shared.bus import DEMO_OPS, OPS, PORTAL, Service, answers, service_only
from shared.contracts.billing import past_bills as contracts
from shared.contracts.billing import unsettled
from shared.contracts.billing.bills import OfBill
from shared.contracts.billing.regie import runs as regie_runs
from shared.contracts.billing.regie.runs import DRAFTED
from shared.contracts.errors import BadRequest
from shared.contracts.message import Caller
from shared.database import Write
from shared.dates.clock import PARIS, now, today
from shared.dates.months import first_of, next_month
from shared.register import Provider, ProviderNotFound

LISTENING = "listening"
NOBODY = "00000000-0000-0000-0000-000000000000"
"""Author of a demonstration's bills: no person."""


class Demonstration(Service):
    """Bills of a demonstration; no other town has a binding to its methods."""

    @answers(regie_runs.bill_demo_month, callers=[DEMO_OPS], right=service_only)
    def bill_demo_month(
        self, write: Write, request: regie_runs.BillDemoMonthRequest, _caller: Caller
    ) -> regie_runs.BillDemoMonthAnswer:
        """Open the run of a month, or order what was drafted to be issued; return its state."""
        provider, regie = store.register.provider_and_regie(request.regie)
        run_id = opening.run_id_of(regie.code, request.month)
        at = min(now(), _moment_of_issue(next_month(request.month)))
        if not run_exists(write, run_id):
            if count_published_group_days(write, provider.code, request.month) < request.sheets:
                return regie_runs.BillDemoMonthAnswer(LISTENING)
            opening.begin_run(
                write, provider.code, regie.code, request.month, reason="", by=NOBODY, at=at
            )
        elif opening.lock_run_state(write, run_id) == DRAFTED:
            total = total_of_run(write, run_id)
            opening.order_issue_of_run(
                write, provider.code, run_id, total_cents=total, by=NOBODY, at=at
            )
        return regie_runs.BillDemoMonthAnswer(
            opening.lock_run_state(write, run_id), count_failed_households(write, run_id)
        )


def _moment_of_issue(month: str) -> datetime:
    """Return when a month's bills are issued: bills unpaid since are overdue by now."""
    return datetime.combine(first_of(month).replace(day=2), time(9), PARIS)


class Past(Service):
    """Past bills of other software: never billed, reminded, collected or certified here."""

    @answers(contracts.import_past_bills, callers=[OPS], right=service_only)
    def import_past_bills(
        self, write: Write, request: contracts.ImportPastBillsRequest, _caller: Caller
    ) -> contracts.ImportPastBillsAnswer:
        provider = _require_provider(request.provider).code
        rows: dict[str, Sequence[past_bill_commands.Row]] = {
            contracts.BILLS: request.bills,
            contracts.PAYMENTS: request.payments,
        }
        kept = past_bill_commands.store_batch(write, request.batch, provider, rows, now(), today())
        return contracts.ImportPastBillsAnswer(kept.new, kept.changed, kept.same, kept.refused)

    @answers(contracts.undo_past_bills, callers=[OPS], right=service_only)
    def undo_past_bills(
        self, write: Write, request: contracts.UndoPastBillsRequest, _caller: Caller
    ) -> contracts.UndoPastBillsAnswer:
        removed, remaining = past_bill_commands.undo_batch(write, request.batch, now())
        return contracts.UndoPastBillsAnswer(removed, remaining)

    @answers(contracts.read_past_bill, callers=[PORTAL], right=is_own_past_bill)
    def read_past_bill(self, request: OfBill, _caller: Caller) -> contracts.ReadPastBillAnswer:
        with store.read() as read:
            return past_bill_with_details(read, request.invoice_id)


class Unsettled(Service):
    """Read before a provider is revoked: its desk goes, and with it whoever books what comes."""

    @answers(unsettled.read_unsettled, callers=[OPS], right=service_only)
    def read_unsettled(
        self, request: unsettled.UnsettledRequest, _caller: Caller
    ) -> unsettled.UnsettledAnswer:
        with store.read() as read:
            return count_unsettled_at_provider(read, _require_provider(request.provider))


def _require_provider(code: str) -> Provider:
    """Return a provider of this town, or one that has left it; raises BadRequest for others."""
    try:
        return store.register.present_or_former_provider(code)
    except ProviderNotFound:
        raise BadRequest(errors={"provider": ["unknown"]}) from None
