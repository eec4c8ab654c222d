"""Payments of one régie's bills, each as drawn for its household, or none."""

from collections import defaultdict
from dataclasses import dataclass

from deploy.demo.invented.bill_fates import IN_PART, UNPAID, goes_to_the_treasury
from deploy.demo.life.acts.family import FamilyActs
from deploy.demo.life.load_steps import Steps
from deploy.demo.life.regisseur_month import Bill, Treasurer
from deploy.demo.plan import Plan
from shared.contracts.billing.bills import CASH, CHEQUE, DEBIT, ONLINE, TRANSFER

AT_THE_COUNTER = (CASH, CHEQUE, TRANSFER, IN_PART)
PAYMENTS_AT_ONCE = 20
CREDITED, REFUSED, REJECTED = "credit_note", "refused_payment", "debit_reject"
"""Households named after what happens to their bills."""


@dataclass(frozen=True)
class Fated:
    """A bill with whose it is, and of which month."""

    bill: Bill
    household: str
    month: str


class Collecting:
    """One régie, once its months are billed."""

    def __init__(
        self, plan: Plan, steps: Steps, families: FamilyActs, treasurer: Treasurer, provider: str
    ) -> None:
        self._plan, self._steps, self._families = plan, steps, families
        self._treasurer, self._provider = treasurer, provider
        self._months = plan.months_over(provider)
        self._fates: dict[str, list[Fated]] = defaultdict(list)

    def pay_or_chase_bills(self) -> None:
        """Let money come, and do what is done where none comes."""
        self._sort_bills_by_fate()
        self._take_at_counter()
        self._pay_by_card()
        self._order_debits()
        credited = [one.bill for one in self._fated_bills_of_household(CREDITED)][-1:]
        self._steps.do_each(f"credit notes {self._provider}", credited, self._credit_bill)
        self._steps.do_each(
            f"treasury {self._provider}", [self._bills_long_owed()], self._remind_and_hand_over
        )

    def _sort_bills_by_fate(self) -> None:
        for month, run_id in sorted(self._treasurer.issued_runs().items()):
            for bill in sorted(self._treasurer.bills_of_run(run_id), key=lambda each: each.number):
                household = self._plan.require_household_reference(bill.household_id)
                how = self._plan.fate_of_bill(household, self._treasurer.regie, month, self._months)
                self._fates[how].append(Fated(bill, household, month))

    def _take_at_counter(self) -> None:
        wanted = [(one.bill, how) for how in AT_THE_COUNTER for one in self._fates[how]]
        what = f"payments {self._provider}"
        for step, some in self._steps.undone_steps(what, wanted, PAYMENTS_AT_ONCE):
            for bill, how in some:
                self._treasurer.take_payment(bill, how)
            self._plan.journal.note_step_done(step)
        if any(how == CHEQUE for _, how in wanted):
            self._steps.do_each(
                f"cheques {self._provider}", [CHEQUE], self._treasurer.deposit_at_bank
            )

    def _pay_by_card(self) -> None:
        """Pay online, where the régie has a client number at PayFiP; one card is refused."""
        [account] = self._plan.regies(self._provider)
        if account["numcli"]:
            wanted = [(one, True) for one in self._fates[ONLINE]]
            wanted += [(one, False) for one in self._fated_bills_of_household(REFUSED)[-1:]]
            self._steps.do_each(f"cards {self._provider}", wanted, self._pay_one_bill)

    def _pay_one_bill(self, wanted: tuple[Fated, bool]) -> None:
        one, accepted = wanted
        self._families.pay_bill_by_card(one.bill, one.household, accepted=accepted)

    def _order_debits(self) -> None:
        households = sorted({one.household for one in self._fates[DEBIT]})
        self._steps.do_each(f"mandates {self._provider}", households, self._give_mandate)
        rejected = self._plan.journal.ids_by_reference("homes").get(REJECTED, "")
        wanted = [rejected] if households else []
        self._steps.do_each(f"debits {self._provider}", wanted, self._treasurer.order_first_debits)

    def _give_mandate(self, household: str) -> None:
        self._families.give_mandate(household, self._provider)

    def _credit_bill(self, bill: Bill) -> None:
        self._treasurer.credit_first_line(bill, "Absence signalée à l’école, non saisie")

    def _bills_long_owed(self) -> list[Bill]:
        """Return what goes to the Treasury: bills of earlier months that nobody pays, some."""
        seed, regie = self._plan.journal.seed, self._treasurer.regie
        return [
            one.bill
            for one in self._fates[UNPAID]
            if one.month != self._months[-1] and goes_to_the_treasury(seed, one.household, regie)
        ]

    def _remind_and_hand_over(self, bills: list[Bill]) -> None:
        self._treasurer.remind_of_bills(bills)
        self._treasurer.hand_over_to_treasury(reminders=1)

    def _fated_bills_of_household(self, household: str) -> list[Fated]:
        return [one for some in self._fates.values() for one in some if one.household == household]
