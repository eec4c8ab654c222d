"""RPC for families: bills, plans to pay them, prices; of the own household alone."""

from services.billing.accounts.commands import disputes, payment_plans
from services.billing.accounts.commands.payment_plans import WantedPlan
from services.billing.accounts.queries import account_years, spending
from services.billing.bills.certificates.queries.issued import certificates_of_household
from services.billing.bills.certificates.queries.tax_years_of_bill import tax_years_by_line
from services.billing.bills.queries.bill_details import bill_with_details, require_bill
from services.billing.handlers.caller_rights import is_bill_of_own_household, is_of_own_household
from services.billing.payments.queries.bills_paid_by_excess import excess_of_bill
from services.billing.payments.rules.bills_payable_online import is_bill_payable_online
from services.billing.quotes.queries import simulations
from services.billing.store import store
from shared.bus import PORTAL, Service, answers
from shared.contracts.billing import bills as contracts
from shared.contracts.billing import household_accounts
from shared.contracts.billing import payment_plans as plan_contracts
from shared.contracts.billing.figures import spending as spending_contracts
from shared.contracts.billing.prices import simulations as simulation_contracts
from shared.contracts.message import Caller, Empty
from shared.contracts.values import OfHousehold
from shared.database import Write
from shared.dates.clock import now, today


class Families(Service):
    """Another household's bill does not exist for a family."""

    @answers(contracts.read_bill, callers=[PORTAL], right=is_bill_of_own_household)
    def read_bill(self, request: contracts.OfBill, _caller: Caller) -> contracts.ReadBillAnswer:
        with store.read() as read:
            bill = require_bill(read, request.invoice_id)
            page = bill_with_details(read, bill)
            excess = excess_of_bill(read, bill.id)
            counted = tax_years_by_line(read, bill, page["balance_cents"], today())
        for line in page["lines"]:
            line["tax_years"] = list(counted.get(line["line"], ()))
        regie = store.register.provider_and_regie(bill.regie)[1]
        return contracts.ReadBillAnswer(
            **page,
            excess=excess,
            provider=bill.provider,
            regie=regie.label,
            deed=regie.deed,
            channel=regie.channel,
            reference=bill.number,
            key=bill.key,
            payable_online=is_bill_payable_online(store.register, bill.regie, page),
        )

    @answers(plan_contracts.ask_for_plan, callers=[PORTAL], right=is_of_own_household)
    def ask_for_plan(
        self, write: Write, request: plan_contracts.AskForPlanRequest, caller: Caller
    ) -> plan_contracts.PlanAnswer:
        """Note that a family asks to pay in several parts."""
        wanted = WantedPlan(request.household_id, request.invoices, request.parts)
        return plan_contracts.PlanAnswer(
            payment_plans.ask_for_plan(
                write, self.store.register, wanted, by=caller.subject, at=now()
            )
        )

    @answers(contracts.dispute_line, callers=[PORTAL], right=is_bill_of_own_household)
    def dispute_line(
        self, write: Write, request: contracts.DisputeLineRequest, caller: Caller
    ) -> Empty:
        disputes.report_line_as_wrong(
            write,
            request.invoice_id,
            request.line,
            reason=request.reason,
            by=caller.subject,
            at=now(),
        )
        return Empty()

    @answers(simulation_contracts.simulate, callers=[PORTAL], right=is_of_own_household)
    def simulate(
        self, request: simulation_contracts.SimulateRequest, _caller: Caller
    ) -> simulation_contracts.SimulateAnswer:
        with store.read() as read:
            return simulation_contracts.SimulateAnswer(
                list(simulations.simulated_prices(read, request))
            )

    @answers(household_accounts.account_year, callers=[PORTAL], right=is_of_own_household)
    def account_year(
        self, request: household_accounts.AccountYearRequest, _caller: Caller
    ) -> household_accounts.AccountYearAnswer:
        household_id, year = request.household_id, request.year
        with store.read() as read:
            known = account_years.account_years(read, household_id)
            if year is None:
                return household_accounts.AccountYearAnswer(known, bills=[], payments=[])
            return household_accounts.AccountYearAnswer(
                known,
                bills=account_years.bills_of_year(read, household_id, year, today()),
                payments=account_years.payments_of_year(read, household_id, year),
            )

    @answers(spending_contracts.spending, callers=[PORTAL], right=is_of_own_household)
    def spending(
        self, request: spending_contracts.SpendingRequest, _caller: Caller
    ) -> spending_contracts.SpendingAnswer:
        with store.read() as read:
            return spending.spending_of_year(read, request.household_id, request.year)

    @answers(contracts.my_certificates, callers=[PORTAL], right=is_of_own_household)
    def my_certificates(
        self, request: OfHousehold, _caller: Caller
    ) -> contracts.MyCertificatesAnswer:
        with store.read() as read:
            return contracts.MyCertificatesAnswer(
                certificates_of_household(read, request.household_id)
            )
