"""RPC for régies about payment plans: a régisseur grants one, asked for or not, or ends it."""

from services.billing.accounts.commands import payment_plans
from services.billing.accounts.commands.payment_plans import GrantOfPlan, WantedPlan
from services.billing.bills.queries.payment_plans import page_of_plans
from services.billing.handlers.caller_rights import (
    calling_provider,
    is_regie_agent,
    regie_of_caller,
)
from services.billing.models import Invoice
from shared.bus import PROVIDERS, Service, answers
from shared.contracts.billing import payment_plans as contracts
from shared.contracts.errors import NotFound
from shared.contracts.message import Caller, Empty
from shared.database import Write
from shared.dates.clock import now


class PaymentPlans(Service):
    """Payment plans at a régie; those of another provider's bills are not found."""

    @answers(contracts.plans, callers=[PROVIDERS], right=is_regie_agent)
    def plans(self, request: contracts.PlansRequest, caller: Caller) -> contracts.PlansAnswer:
        """Return a page of the plans of a provider's bills."""
        provider = calling_provider(self.store, caller.principal)
        with self.store.read() as read:
            listed, following = page_of_plans(
                read, provider.code, request.household_id, request.after
            )
        return contracts.PlansAnswer(plans=listed, next=following)

    @answers(contracts.grant_plan, callers=[PROVIDERS], right=is_regie_agent)
    def grant_plan(
        self, write: Write, request: contracts.GrantPlanRequest, caller: Caller
    ) -> contracts.PlanAnswer:
        """Let bills be paid in parts, asked for or not."""
        provider = calling_provider(self.store, caller.principal)
        bill = write.get(Invoice, request.invoices[0])
        if bill is None or bill.provider != provider.code:
            raise NotFound
        grant = GrantOfPlan(
            request.first_on, request.total_cents, request.answer, request.plan_id, caller.subject
        )
        return contracts.PlanAnswer(
            payment_plans.grant_plan(
                write,
                self.store.register,
                regie_of_caller(provider, bill.regie),
                WantedPlan(request.household_id, request.invoices, request.parts),
                grant,
                now(),
            )
        )

    @answers(contracts.end_plan, callers=[PROVIDERS], right=is_regie_agent)
    def end_plan(self, write: Write, request: contracts.EndPlanRequest, caller: Caller) -> Empty:
        """Refuse what was asked for, or stop what was granted."""
        provider = calling_provider(self.store, caller.principal).code
        plan_id, answer = request.plan_id, request.answer
        payment_plans.end_plan(write, provider, plan_id, answer, by=caller.subject, at=now())
        return Empty()
