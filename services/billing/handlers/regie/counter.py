"""RPC of a provider's counter: payments taken, assigned, reversed, deposited."""

from datetime import date, timedelta

from services.billing.handlers.caller_rights import (
    calling_provider,
    is_regie_agent,
    regie_of_caller,
)
from services.billing.models import DepositSlip
from services.billing.payments.commands import cash_box as cash_box_commands
from services.billing.payments.commands import refunds, reversals, takings
from services.billing.payments.commands.reinstatements import reinstate_payment
from services.billing.payments.commands.takings import Taking
from services.billing.payments.queries import cash_box, vouchers
from services.billing.payments.queries import listed_payments as payment_lists
from shared.bus import PROVIDERS, Service, answers
from shared.contracts.billing.regie import counter as regie_counter
from shared.contracts.billing.regie import payers as contracts
from shared.contracts.errors import BadRequest
from shared.contracts.message import Caller, Empty
from shared.contracts.values import PageRequest
from shared.database import Write
from shared.dates.clock import now, today


class Counter(Service):
    """The régie of the provider that asks, and of no other: of theirs there is nothing to find."""

    @answers(contracts.payments_of, callers=[PROVIDERS], right=is_regie_agent)
    def payments_of(
        self, request: contracts.PaymentsOfRequest, caller: Caller
    ) -> contracts.PaymentsOfAnswer:
        """List the payments between two days, the latest first."""
        provider = calling_provider(self.store, caller.principal)
        with self.store.read() as read:
            return payment_lists.payments_between(
                read, provider.code, request.first, request.last, request.after, request.query
            )

    @answers(regie_counter.take_payment, callers=[PROVIDERS], right=is_regie_agent)
    def take_payment(
        self, write: Write, request: regie_counter.TakePaymentRequest, caller: Caller
    ) -> regie_counter.TakePaymentAnswer:
        """Take money, and give its receipt."""
        provider = calling_provider(self.store, caller.principal)
        _refuse_future_day(request.received_on, "received_on")
        money = Taking(
            means=request.means,
            cents=request.cents,
            invoice_id=request.invoice_id,
            household_id=request.household_id,
            payer=request.payer,
            cheque=request.cheque,
            bank=request.bank,
            received_on=request.received_on,
            taken_by=caller.subject,
            another=request.another,
            titles=request.titles,
        )
        payment, booked = takings.take_payment(
            write, provider, regie_of_caller(provider, request.regie), money, now()
        )
        return regie_counter.TakePaymentAnswer(
            payment_id=payment.id,
            receipt=payment.receipt,
            allocated_cents=booked.allocated,
            credited_cents=booked.credited,
            suspense_cents=booked.suspense,
            others_cents=booked.others,
        )

    @answers(regie_counter.suspense, callers=[PROVIDERS], right=is_regie_agent)
    def suspense(self, request: PageRequest, caller: Caller) -> regie_counter.SuspenseAnswer:
        """List the money whose debtor is not known, the oldest first."""
        provider = calling_provider(self.store, caller.principal)
        with self.store.read() as read:
            return payment_lists.payments_in_suspense(read, provider.code, request.after)

    @answers(regie_counter.assign_suspense, callers=[PROVIDERS], right=is_regie_agent)
    def assign_suspense(
        self, write: Write, request: regie_counter.AssignSuspenseRequest, caller: Caller
    ) -> regie_counter.AssignSuspenseAnswer:
        """Assign money in suspense to its household."""
        booked = takings.assign_suspense(
            write,
            calling_provider(self.store, caller.principal),
            request.payment_id,
            request.household_id,
            request.invoice_id,
            now(),
        )
        paid = booked.allocated + booked.others
        return regie_counter.AssignSuspenseAnswer(paid, booked.credited)

    @answers(regie_counter.reverse_payment, callers=[PROVIDERS], right=is_regie_agent)
    def reverse_payment(
        self, write: Write, request: regie_counter.ReversePaymentRequest, caller: Caller
    ) -> Empty:
        """Take a payment back by the opposite entry."""
        provider = calling_provider(self.store, caller.principal)
        reversal = reversals.Reversal(request.reason, caller.subject, now())
        reversals.reverse_payment(write, provider, request.payment_id, reversal)
        return Empty()

    @answers(regie_counter.reinstate_payment, callers=[PROVIDERS], right=is_regie_agent)
    def reinstate_payment(
        self, write: Write, request: regie_counter.ReinstatePaymentRequest, caller: Caller
    ) -> Empty:
        """Undo the reversal of a payment by one more entry."""
        provider = calling_provider(self.store, caller.principal)
        reinstate_payment(write, provider, request.payment_id, caller.subject, now())
        return Empty()

    @answers(regie_counter.refund, callers=[PROVIDERS], right=is_regie_agent)
    def refund(self, write: Write, request: regie_counter.RefundRequest, caller: Caller) -> Empty:
        """Pay a household's credit back."""
        refunds.refund_credit(
            write,
            calling_provider(self.store, caller.principal),
            request.household_id,
            request.cents,
            request.paper,
            caller.subject,
            now(),
        )
        return Empty()

    @answers(regie_counter.reverse_refund, callers=[PROVIDERS], right=is_regie_agent)
    def reverse_refund(
        self, write: Write, request: regie_counter.ReverseRefundRequest, caller: Caller
    ) -> Empty:
        """Take a refund back while its day is open."""
        provider = calling_provider(self.store, caller.principal)
        reversal = reversals.Reversal(request.reason, caller.subject, now())
        refunds.reverse_refund(write, provider, request.refund_id, reversal)
        return Empty()

    @answers(regie_counter.cash_box, callers=[PROVIDERS], right=is_regie_agent)
    def cash_box(
        self, request: regie_counter.CashBoxRequest, caller: Caller
    ) -> regie_counter.CashBoxAnswer:
        """Show the counter's day."""
        collects = regie_of_caller(calling_provider(self.store, caller.principal), request.regie)
        code, day = collects.code, request.day
        with self.store.read() as read:
            sealed = cash_box.closing_of_day(read, code, day)
            takings, following = payment_lists.payments_taken_on(read, code, day, request.after)
            count, cents = payment_lists.count_waiting_cheques(read, code)
            return regie_counter.CashBoxAnswer(
                closed_at=sealed.closed_at if sealed else None,
                opening_cents=cash_box.cash_in_box(read, code, day - timedelta(days=1)),
                cash_cents=cash_box.cash_in_box(read, code, day),
                deposited_cents=cash_box.cash_deposited_between(read, code, since=day, until=day),
                ceiling_cents=collects.till_ceiling_cents,
                totals=dict(cash_box.totals_of_day(read, code, day)),
                takings=takings,
                next=following,
                cheques=count,
                cheques_cents=cents,
                titles=vouchers.titles_waiting_for_slip(read, code),
                slips=[
                    _slip_as_answered(slip)
                    for slip in payment_lists.latest_deposit_slips(read, code)
                ],
            )

    @answers(regie_counter.cheques_to_deposit, callers=[PROVIDERS], right=is_regie_agent)
    def cheques_to_deposit(
        self, request: regie_counter.ChequesToDepositRequest, caller: Caller
    ) -> regie_counter.ChequesToDepositAnswer:
        """List the cheques that no slip names yet."""
        collects = regie_of_caller(calling_provider(self.store, caller.principal), request.regie)
        with self.store.read() as read:
            cheques, following = payment_lists.waiting_cheques(read, collects.code, request.after)
        return regie_counter.ChequesToDepositAnswer(cheques=cheques, next=following)

    @answers(regie_counter.close_day, callers=[PROVIDERS], right=is_regie_agent)
    def close_day(
        self, write: Write, request: regie_counter.CloseDayRequest, caller: Caller
    ) -> regie_counter.CloseDayAnswer:
        """Seal the counter's day."""
        _refuse_future_day(request.day, "day")
        collects = regie_of_caller(calling_provider(self.store, caller.principal), request.regie)
        difference = cash_box_commands.close_cash_day(
            write, collects.code, request.day, request.counted_cents, caller.subject, now()
        )
        return regie_counter.CloseDayAnswer(difference)

    @answers(regie_counter.deposit, callers=[PROVIDERS], right=is_regie_agent)
    def deposit(
        self, write: Write, request: regie_counter.DepositRequest, caller: Caller
    ) -> regie_counter.DepositAnswer:
        """Make a slip for the bank."""
        _refuse_future_day(request.day, "day")
        collects = regie_of_caller(calling_provider(self.store, caller.principal), request.regie)
        slip = cash_box_commands.make_deposit_slip(
            write, collects, request.kind, request.cents, request.day, caller.subject, now()
        )
        return regie_counter.DepositAnswer(slip.id, slip.number, slip.count, slip.cents)


def _refuse_future_day(day: date, field: str) -> None:
    if day > today():
        raise BadRequest(errors={field: ["later than today"]})


def _slip_as_answered(slip: DepositSlip) -> regie_counter.Slip:
    return {
        "slip_id": slip.id,
        "number": slip.number,
        "kind": slip.kind,
        "count": slip.count,
        "cents": slip.cents,
        "on": slip.day,
    }
