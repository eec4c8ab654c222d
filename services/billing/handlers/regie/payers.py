"""Payers, for a régisseur: the provider is the caller, and sees its own."""

from dataclasses import replace
from datetime import date

from services.billing.accounts.commands import disputes, quotient_and_share_corrections, reminders
from services.billing.accounts.queries import payer_search
from services.billing.accounts.queries.advances import oldest_advances, sum_of_advances
from services.billing.accounts.queries.arrears import (
    kinds_of_overdue_bills,
    open_bills_of_deceased,
    page_of_overdue_bills,
    sum_of_heirs,
    sum_of_overdue,
    sum_of_waiting,
    undecided_homes,
)
from services.billing.accounts.queries.payer_account import payer_account
from services.billing.bills.certificates import commands as certificates
from services.billing.bills.certificates.queries import issued as issued_certificates
from services.billing.bills.commands import households_held_after_death
from services.billing.bills.queries.bill_details import bill_for_regie, require_bill
from services.billing.handlers.caller_rights import calling_provider, is_regie_agent
from services.billing.payers.queries.households_known_to_provider import knows_household
from services.billing.payers.rules import payers_of_child_on_day
from services.billing.payers.rules.new_quotients import NewQuotient
from services.billing.payments.queries.bills_paid_by_excess import excess_of_bill
from services.billing.store import store
from shared.bus import PROVIDERS, Service, answers
from shared.contracts.billing.bills import OfBill
from shared.contracts.billing.regie import payers as contracts
from shared.contracts.billing.regie import runs as regie_runs
from shared.contracts.errors import BadRequest, NotFound
from shared.contracts.message import Caller, Empty
from shared.contracts.values import OfHousehold
from shared.database import Write
from shared.dates.clock import now, today

MOST_CHANGED = 200


class RegiePayers(Service):
    """Another provider's payer does not exist: neither its name nor its bills are found."""

    @answers(contracts.find_payers, callers=[PROVIDERS], right=is_regie_agent)
    def find_payers(
        self, request: contracts.FindPayersRequest, caller: Caller
    ) -> contracts.FindPayersAnswer:
        provider = calling_provider(store, caller.principal)
        with store.read() as read:
            rows = payer_search.payer_by_bill_number(
                read, provider, request.text
            ) or payer_search.payers_by_name(read, provider, request.text, contracts.PAGE)
            owed = payer_search.cents_owed_by_household(
                read, provider, [household_id for household_id, _, _ in rows]
            )
            children = payer_search.children_of_homonyms(read, provider, rows)
        return contracts.FindPayersAnswer(
            [
                contracts.FoundPayer(
                    household_id=household_id,
                    payer=payer,
                    owed_cents=owed[household_id],
                    number=number,
                    children=children.get(household_id, []),
                )
                for household_id, payer, number in rows
            ]
        )

    @answers(contracts.payer_account, callers=[PROVIDERS], right=is_regie_agent)
    def payer_account(self, request: OfHousehold, caller: Caller) -> contracts.PayerAccountAnswer:
        provider = calling_provider(store, caller.principal)
        with store.read() as read:
            if not knows_household(read, provider, request.household_id):
                raise NotFound
            return payer_account(read, provider, request.household_id, now())

    @answers(contracts.end_lapsed_hold, callers=[PROVIDERS], right=is_regie_agent)
    def end_lapsed_hold(self, write: Write, request: OfHousehold, caller: Caller) -> Empty:
        provider = calling_provider(store, caller.principal)
        if not knows_household(write, provider, request.household_id):
            raise NotFound
        households_held_after_death.end_lapsed_hold(
            write, request.household_id, by=caller.subject, at=now()
        )
        return Empty()

    @answers(contracts.payer_bill, callers=[PROVIDERS], right=is_regie_agent)
    def payer_bill(self, request: OfBill, caller: Caller) -> contracts.PayerBillAnswer:
        provider = calling_provider(store, caller.principal)
        with store.read() as read:
            bill = require_bill(read, request.invoice_id)
            if bill.provider != provider.code:
                raise NotFound
            return replace(bill_for_regie(read, bill), excess=excess_of_bill(read, bill.id))

    @answers(contracts.correct_quotient, callers=[PROVIDERS], right=is_regie_agent)
    def correct_quotient(
        self, write: Write, request: contracts.CorrectQuotientRequest, caller: Caller
    ) -> contracts.CorrectQuotientAnswer:
        provider = calling_provider(store, caller.principal)
        if not knows_household(write, provider, request.household_id):
            raise NotFound
        _refuse_reversed_days(request.valid_from, request.valid_to)
        quotient = NewQuotient(
            request.household_id,
            request.cents,
            request.kind,
            request.valid_from,
            request.valid_to,
            request.source,
        )
        months = quotient_and_share_corrections.correct_quotient(
            write, provider, quotient, by=caller.subject, at=now(), on=today()
        )
        return contracts.CorrectQuotientAnswer(list(months))

    @answers(contracts.set_shares, callers=[PROVIDERS], right=is_regie_agent)
    def set_shares(
        self, write: Write, request: contracts.SetSharesRequest, caller: Caller
    ) -> Empty:
        provider = calling_provider(store, caller.principal)
        parts = {share["household_id"]: share["share_bp"] for share in request.shares}
        if len(parts) != len(request.shares) or sum(parts.values()) != payers_of_child_on_day.WHOLE:
            raise BadRequest(errors={"shares": ["must be of two households and add up to 10000"]})
        _refuse_reversed_days(request.valid_from, request.valid_to)
        quotient_and_share_corrections.set_shares(
            write,
            provider,
            request.child_id,
            parts,
            valid_from=request.valid_from,
            valid_to=request.valid_to,
            paper=request.paper,
            by=caller.subject,
            at=now(),
            on=today(),
        )
        return Empty()

    @answers(contracts.arrears, callers=[PROVIDERS], right=is_regie_agent)
    def arrears(
        self, request: contracts.SearchedPageRequest, caller: Caller
    ) -> contracts.ArrearsAnswer:
        provider, on = calling_provider(store, caller.principal), today()
        with store.read() as read:
            bills, following = page_of_overdue_bills(
                read, provider.code, on, request.after, contracts.PAGE, request.query
            )
            if request.after:
                return contracts.ArrearsAnswer(bills, next=following)
            overdue = sum_of_overdue(read, provider.code, on)
            waiting = sum_of_waiting(read, provider.code, on)
            advances, number_of_advances = oldest_advances(read, provider)
            return contracts.ArrearsAnswer(
                bills,
                overdue.cents,
                open_bills_of_deceased(read, provider.code),
                sum_of_heirs(read, provider.code, on).cents,
                advances,
                number_of_advances,
                sum_of_advances(read, provider),
                waiting.cents,
                overdue.bills + waiting.bills,
                kinds_of_overdue_bills(read, provider.code, on),
                undecided_homes(read, provider.code, on),
                next=following,
            )

    @answers(contracts.remind, callers=[PROVIDERS], right=is_regie_agent)
    def remind(
        self, write: Write, request: contracts.RemindRequest, caller: Caller
    ) -> contracts.RemindAnswer:
        provider, by = calling_provider(store, caller.principal).code, caller.subject
        return contracts.RemindAnswer(
            reminders.send_reminders(write, provider, request.invoices, by=by, at=now())
        )

    @answers(regie_runs.resolve_dispute, callers=[PROVIDERS], right=is_regie_agent)
    def resolve_dispute(
        self, write: Write, request: regie_runs.ResolveDisputeRequest, caller: Caller
    ) -> Empty:
        provider = calling_provider(store, caller.principal).code
        disputes.resolve_dispute(write, provider, request.dispute_id, by=caller.subject, at=now())
        return Empty()

    @answers(contracts.certificates, callers=[PROVIDERS], right=is_regie_agent)
    def certificates(
        self, request: contracts.CertificatesRequest, caller: Caller
    ) -> contracts.CertificatesAnswer:
        provider = calling_provider(store, caller.principal)
        with store.read() as read:
            issued = issued_certificates.certificates_of_year(read, provider.code, request.year)
            changed = list(issued_certificates.changed_certificates(read, provider, request.year))
        return contracts.CertificatesAnswer(
            issued=len(issued),
            total_cents=sum(certificate.paid.own for certificate in issued.values()),
            changed=changed[:MOST_CHANGED],
        )

    @answers(contracts.issue_certificates, callers=[PROVIDERS], right=is_regie_agent)
    def issue_certificates(
        self, write: Write, request: contracts.IssueCertificatesRequest, caller: Caller
    ) -> contracts.IssueCertificatesAnswer:
        provider = calling_provider(store, caller.principal)
        done = certificates.issue_certificates(
            write, provider, request.year, replace=request.replace, at=now()
        )
        return contracts.IssueCertificatesAnswer(done.issued, done.replaced, done.remaining)


def _refuse_reversed_days(valid_from: date, valid_to: date | None) -> None:
    if valid_to is not None and valid_to < valid_from:
        raise BadRequest(errors={"valid_to": ["before the first day"]})
