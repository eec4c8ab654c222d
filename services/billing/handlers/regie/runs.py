"""Runs, for a régisseur, at the desk of the provider whose régie it is."""

from sqlalchemy.orm import Session

from services.billing.accounts.commands.manual_credit_notes import issue_credit_note_for_lines
from services.billing.accounts.queries.regie_overview import overview_of_regies
from services.billing.bills.queries.listed_bills_and_payments import bill_line_as_shown
from services.billing.handlers import caller_rights
from services.billing.handlers.caller_rights import calling_provider, regie_of_caller
from services.billing.models import BillingRun, Household
from services.billing.payers.queries.households_known_to_provider import knows_household
from services.billing.payers.queries.protected_households import is_protected
from services.billing.payers.rules.address_redaction import line_without_payers_home
from services.billing.runs.commands import opening
from services.billing.runs.queries.drafts import Scope, draft_lines_of
from services.billing.runs.queries.month_anomalies import anomalies_of_month
from services.billing.runs.queries.progress import page_of_households, run_with_progress
from services.billing.store import store
from shared.bus import PROVIDERS, Service, answers
from shared.contracts.billing.regie import payers as contracts
from shared.contracts.billing.regie import runs as regie_runs
from shared.contracts.errors import NotFound
from shared.contracts.message import Caller, Empty
from shared.database import Write
from shared.dates.clock import now, today
from shared.register import Provider


class RegieRuns(Service):
    """The provider is the caller: another one's régies and runs are not to be found."""

    @answers(contracts.regie_overview, callers=[PROVIDERS], right=caller_rights.is_regie_agent)
    def regie_overview(self, _request: Empty, caller: Caller) -> contracts.RegieOverviewAnswer:
        """Return the régies of the calling provider at a glance."""
        provider = calling_provider(store, caller.principal)
        with store.read() as read:
            return overview_of_regies(read, provider, today())

    @answers(regie_runs.closing, callers=[PROVIDERS], right=caller_rights.is_regie_agent)
    def closing(
        self, request: regie_runs.ClosingRequest, caller: Caller
    ) -> regie_runs.ClosingAnswer:
        """Return what to look at before a month is billed."""
        provider = calling_provider(store, caller.principal)
        with store.read() as read:
            return anomalies_of_month(
                read, provider, regie_of_caller(provider, request.regie), request.month
            )

    @answers(regie_runs.open_run, callers=[PROVIDERS], right=caller_rights.is_regie_agent)
    def open_run(
        self, write: Write, request: regie_runs.OpenRunRequest, caller: Caller
    ) -> regie_runs.OpenRunAnswer:
        """Begin a month's draft, or draft it again."""
        provider = calling_provider(store, caller.principal)
        run_id = opening.begin_run(
            write,
            provider.code,
            regie_of_caller(provider, request.regie).code,
            request.month,
            reason=request.reason,
            by=caller.subject,
            at=now(),
        )
        return regie_runs.OpenRunAnswer(run_id)

    @answers(regie_runs.read_run, callers=[PROVIDERS], right=caller_rights.is_regie_agent)
    def read_run(
        self, request: regie_runs.ReadRunRequest, caller: Caller
    ) -> regie_runs.ReadRunAnswer:
        """Return a run with a page of its households."""
        provider = calling_provider(store, caller.principal)
        with store.read() as read:
            run = _require_run(read, provider, request.run_id)
            rows, after = page_of_households(read, run, request.only, request.after)
            return regie_runs.ReadRunAnswer(**run_with_progress(read, run), rows=rows, next=after)

    @answers(regie_runs.draft_lines, callers=[PROVIDERS], right=caller_rights.is_regie_agent)
    def draft_lines(
        self, request: regie_runs.DraftLinesRequest, caller: Caller
    ) -> regie_runs.DraftLinesAnswer:
        """Return the lines that a household's bill would have now."""
        provider = calling_provider(store, caller.principal)
        with store.read() as read:
            run = _require_run(read, provider, request.run_id)
            scope = Scope(provider, regie_of_caller(provider, run.regie), run.month, today())
            lines = draft_lines_of(read, scope, request.household_id)
            has_account = knows_household(read, provider, request.household_id)
            if not lines and not has_account:
                raise NotFound
            hidden = is_protected(read, request.household_id)
            home = read.get(Household, request.household_id)
        shown = [bill_line_as_shown(line, number) for number, line in enumerate(lines, 1)]
        return regie_runs.DraftLinesAnswer(
            payer=home.payer if home else "–",
            has_account=has_account,
            lines=[line_without_payers_home(line) for line in shown] if hidden else shown,
            total_cents=sum(line.cents for line in lines),
        )

    @answers(regie_runs.issue_run, callers=[PROVIDERS], right=caller_rights.is_regie_agent)
    def issue_run(
        self, write: Write, request: regie_runs.IssueRunRequest, caller: Caller
    ) -> regie_runs.IssueRunAnswer:
        """Order what was drafted to be issued; the worker does it."""
        provider = calling_provider(store, caller.principal)
        state = opening.order_issue_of_run(
            write,
            provider.code,
            request.run_id,
            total_cents=request.total_cents,
            by=caller.subject,
            at=now(),
        )
        return regie_runs.IssueRunAnswer(state)

    @answers(contracts.credit_lines, callers=[PROVIDERS], right=caller_rights.is_regie_agent)
    def credit_lines(
        self, write: Write, request: contracts.CreditLinesRequest, caller: Caller
    ) -> contracts.CreditLinesAnswer:
        """Take some lines of a bill back by a credit note."""
        provider = calling_provider(store, caller.principal)
        lines = [(line["line"], line["quantity"]) for line in request.lines]
        return issue_credit_note_for_lines(
            write, provider, request.invoice_id, lines, request.reason, now()
        )


def _require_run(session: Session, provider: Provider, run_id: str) -> BillingRun:
    run = session.get(BillingRun, run_id)
    if run is None or run.provider != provider.code:
        raise NotFound
    return run
