"""
Whatever happens, in whatever order, money is exact.

Charges, late marks, quotients, drafts, crashes, issues, lots, payments at the counter, online
and at the Treasury, told twice, refused, cancelled, credited, taken back, paid back, asked for and
granted in parts, missed; after each step the books agree.
`make soak` runs ten thousand sequences.
"""

import atexit
import os
import shutil
import tempfile
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from sqlalchemy import event, select

from deploy.demo.payfip_stub.operations import Operations
from deploy.demo.payfip_stub.server import Stub
from services.billing.accounts.commands import payment_plans, quotients
from services.billing.accounts.commands.manual_credit_notes import issue_credit_note_for_lines
from services.billing.jobs.runs import work_on_next_run
from services.billing.ledger.queries.balances import balances_of_bills
from services.billing.models import (
    BillingRun,
    Invoice,
    LotPiece,
    OnlinePayment,
    Payment,
    PaymentPlan,
    Refund,
)
from services.billing.payers.rules.new_quotients import CORRECTED, NewQuotient
from services.billing.payments.commands import (
    online_payments,
    payfip_results,
    refunds,
    reinstatements,
    reversals,
    takings,
)
from services.billing.payments.payfip.client import payfip_at
from services.billing.runs.commands.opening import run_id_of
from services.billing.store import store
from services.billing.treasury.commands import lot_transfer
from services.billing.treasury.commands.accountant_returns import process_return
from services.billing.treasury.queries.transferable_bills import Choice, candidate_bills
from shared.contracts.billing.bills import TAKEN_BY_MISTAKE
from shared.contracts.billing.regie.treasury import AtTreasury
from shared.contracts.errors import Refusal
from shared.register import Register
from tests.databases import Database
from tests.factories import runs as make
from tests.factories import treasury
from tests.factories.agreeing_books import ABOVE, BELOW, FAMILIES, LIMIT, MONTHS, AgreeingBooks
from tests.memory import memory
from tests.night import sequences

SEQUENCES = int(os.environ.get("PREAU_SOAK") or sequences(12, at_night=100))
PLANS = {"parts": 6, "least_cents": 100, "months": 12, "grace_days": 8}
PORTAL = "http://127.0.0.1:1"
FAMILY = st.integers(1, FAMILIES)
MONTH = st.integers(0, len(MONTHS) - 1)
DAY = st.integers(1, 6)
CENTS = st.integers(1, 3000)


class Crash(Exception):
    """The process ends in the middle of what it does."""


class Books(AgreeingBooks, RuleBasedStateMachine):
    """One régie, three families, three months."""

    def __init__(self) -> None:
        super().__init__()
        self.home = tempfile.TemporaryDirectory(prefix="preau-machine-", dir=memory())
        town = a_town()
        shutil.copy(town / "data.sqlite", self.home.name)
        url = f"sqlite:///{self.home.name}/data.sqlite"
        store.connect(url, Register(town / "register.json"))
        self.clock = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
        self.versions: dict[tuple[int, date], tuple[str, int]] = {}
        self.said: dict[int, list[tuple[str, int]]] = defaultdict(list)
        self.issued = self.told = 0
        self.by_hand: set[tuple[str, str]] = set()
        self.stub, self.payfip = bank()

    def teardown(self) -> None:
        store.close()
        self.home.cleanup()

    def now(self) -> datetime:
        self.clock += timedelta(seconds=30)
        return self.clock

    @initialize(
        eaten=st.lists(st.integers(1, 6), min_size=FAMILIES, max_size=FAMILIES),
        low=st.integers(0, FAMILIES),
    )
    def november_is_billed(self, eaten: list[int], low: int) -> None:
        """Without bills most of what follows would have nothing to do."""
        for number, days in enumerate(eaten, 1):
            for day in range(1, days + 1):
                self.a_day_is_told(number, 0, day, "present")
        if low:
            self.a_quotient_is_said(low, 0, 30_000)
        self.a_month_is_run()

    # What is counted, and what it costs

    @rule(
        number=FAMILY,
        month=MONTH,
        day=DAY,
        outcome=st.sampled_from(["present", "absent", "excused", "unexpected"]),
    )
    def a_day_is_told(self, number: int, month: int, day: int, outcome: str) -> None:
        """The first time on time, then as marks that come late."""
        on = date.fromisoformat(f"{MONTHS[month]}-{day:02}")
        session, version = self.versions.get((number, on), ("", 0))
        line = (make.home(number), make.child(number * 10), outcome)
        session = make.sheet(on, line, session_id=session, version=version + 1, late=version > 0)
        self.versions[number, on] = session, version + 1

    @rule(number=FAMILY, month=MONTH, cents=st.sampled_from([30_000, 59_999, 60_000, 90_000]))
    def a_quotient_is_said(self, number: int, month: int, cents: int) -> None:
        first = date.fromisoformat(f"{MONTHS[month]}-01")
        quotient = NewQuotient(make.home(number), cents, "caf", first, None, CORRECTED)
        with store.write() as write:
            quotients.record_quotients(
                write, [quotient], by=make.AGENT, at=self.now(), on=date(2027, 3, 1)
            )
        self.said[number].append((MONTHS[month], cents))

    # Runs

    @precondition(lambda self: self.issued < len(MONTHS))
    @rule()
    def a_month_is_drafted(self) -> None:
        run_id = run_id_of("ens", MONTHS[self.issued])
        if self.state(run_id) not in ("issuing", "issued"):
            make.open_run(MONTHS[self.issued], at=self.now())

    @rule(steps=st.integers(1, 3), size=st.integers(1, 3))
    def the_worker_goes_on(self, steps: int, size: int) -> None:
        for _ in range(steps):
            work_on_next_run(store, size)
        self.note_issued()

    @rule(statement=st.integers(1, 40), size=st.integers(1, 3))
    def the_worker_crashes(self, statement: int, size: int) -> None:
        try:
            with crashing(statement):
                work_on_next_run(store, size)
        except Crash:
            pass
        self.note_issued()

    @precondition(lambda self: self.issued < len(MONTHS))
    @rule()
    def a_month_is_run(self) -> None:
        """Run a month from its draft to its bills, with nothing in between."""
        self.a_month_is_drafted()
        make.work()
        self.what_was_drafted_is_ordered()
        make.work()
        self.note_issued()

    @precondition(lambda self: self.issued < len(MONTHS))
    @rule()
    def what_was_drafted_is_ordered(self) -> None:
        run_id = run_id_of("ens", MONTHS[self.issued])
        if self.state(run_id) == "drafted":
            make.order(run_id, self.now())

    def note_issued(self) -> None:
        while self.issued < len(MONTHS):
            if self.state(run_id_of("ens", MONTHS[self.issued])) != "issued":
                return
            self.issued += 1

    def state(self, run_id: str) -> str:
        with store.read() as read:
            run = read.get(BillingRun, run_id)
        return run.state if run else ""

    # Money

    @rule(
        means=st.sampled_from(["cash", "cheque", "transfer"]),
        cents=CENTS,
        which=st.integers(0, 20),
        debtor=st.sampled_from(["bill", "household", "nobody"]),
    )
    def money_comes_to_the_counter(self, means: str, cents: int, which: int, debtor: str) -> None:
        bill = self.some_bill(which)
        household = make.home(which % FAMILIES + 1)
        provider, regie = store.register.provider_and_regie("ens")
        taken = takings.Taking(
            means,
            cents,
            bill.id if bill and debtor == "bill" else None,
            household if debtor == "household" else None,
            "Quelqu’un",
            "",
            "",
            date(2027, 3, 1),
            make.AGENT,
        )
        with suppress(AtTreasury), store.write() as write:  # what is owed there, no counter takes
            takings.take_payment(write, provider, regie, taken, self.now())

    @rule(which=st.integers(0, 20), twice=st.booleans())
    def somebody_starts_to_pay_online(self, which: int, twice: bool) -> None:
        bill = self.some_bill(which)
        payer = online_payments.Payer("parent@example.org", None)
        for _ in range(1 + twice if bill else 0):
            with refused():
                online_payments.start_online_payment(
                    store, self.payfip, PORTAL, bill.id, payer, self.now()
                )

    @rule(
        which=st.integers(0, 20),
        outcome=st.sampled_from(["P", "V", "R", "Z", "A"]),
        times=st.integers(1, 3),
    )
    def somebody_pays_online(self, which: int, outcome: str, times: int) -> None:
        """There and back, whatever the bank decides, and told of it once or more."""
        self.somebody_starts_to_pay_online(which, False)
        for payment in self.payments(Payment.state == "pending"):
            with store.read() as read:
                online = read.get_one(OnlinePayment, payment.id)
            self.stub.end_operation(str(online.idop), outcome)
            for _ in range(times):
                payfip_results.ask_and_book_result(store, self.payfip, payment.id, self.now())

    @rule(which=st.integers(0, 20), outcome=st.sampled_from(["P", "V", "R", "A"]))
    def the_bank_decides(self, which: int, outcome: str) -> None:
        """Decide at the bank without a notification: the result has to be polled."""
        if online := self.some_online(which):
            self.stub.end_operation(online.idop, outcome)

    @rule(which=st.integers(0, 20), times=st.integers(1, 3), later=st.integers(0, 200))
    def it_is_notified(self, which: int, times: int, later: int) -> None:
        self.clock += timedelta(minutes=later)
        if online := self.some_online(which):
            for _ in range(times):
                payfip_results.ask_and_book_result(
                    store, self.payfip, online.payment_id, self.now()
                )

    @rule(which=st.integers(0, 20))
    def money_without_a_debtor_finds_one(self, which: int) -> None:
        waiting = self.payments(Payment.household_id.is_(None), Payment.state == "paid")
        provider, _ = store.register.provider_and_regie("ens")
        if waiting:
            payment = waiting[which % len(waiting)]
            home = make.home(which % FAMILIES + 1)
            with store.write() as write:
                takings.assign_suspense(write, provider, payment.id, home, None, self.now())

    @rule(which=st.integers(0, 20))
    def a_payment_is_taken_back(self, which: int) -> None:
        paid = self.payments(Payment.state == "paid", Payment.means != "credit")
        provider, _ = store.register.provider_and_regie("ens")
        if paid:
            with refused(), store.write() as write:
                reversal = reversals.Reversal(TAKEN_BY_MISTAKE, make.AGENT, self.now())
                reversals.reverse_payment(write, provider, paid[which % len(paid)].id, reversal)

    @rule(which=st.integers(0, 20))
    def a_reversal_is_undone(self, which: int) -> None:
        taken = self.payments(Payment.state == "reversed", Payment.means != "credit")
        provider, _ = store.register.provider_and_regie("ens")
        if taken:
            with refused(), store.write() as write:
                payment_id = taken[which % len(taken)].id
                reinstatements.reinstate_payment(
                    write, provider, payment_id, make.AGENT, self.now()
                )

    @rule(number=FAMILY, cents=CENTS)
    def a_credit_is_paid_back(self, number: int, cents: int) -> None:
        provider, _ = store.register.provider_and_regie("ens")
        home = make.home(number)
        with refused(), store.write() as write:
            refunds.refund_credit(write, provider, home, cents, "RIB", make.AGENT, self.now())

    @rule(which=st.integers(0, 20))
    def a_refund_is_taken_back(self, which: int) -> None:
        provider, _ = store.register.provider_and_regie("ens")
        with store.read() as read:
            noted = read.scalars(select(Refund.id).order_by(Refund.id)).all()
        if noted:
            with refused(), store.write() as write:
                reversal = reversals.Reversal(TAKEN_BY_MISTAKE, make.AGENT, self.now())
                refunds.reverse_refund(write, provider, noted[which % len(noted)], reversal)

    @rule(which=st.integers(0, 20), quantity=st.integers(1, 3))
    def an_agent_credits_a_line(self, which: int, quantity: int) -> None:
        if bill := self.some_bill(which):
            lines = make.lines(bill.id)
            if not lines:
                return  # it asks back what was refunded
            line = lines[which % len(lines)]
            provider, _ = store.register.provider_and_regie("ens")
            with refused(), store.write() as write:
                issue_credit_note_for_lines(
                    write, provider, bill.id, [(line.seq, quantity)], "Erreur", self.now()
                )
                self.by_hand.add((bill.household_id, line.month))

    # Payment in parts

    @rule(which=st.integers(0, 20), parts=st.integers(2, 6))
    def a_family_asks_to_pay_in_parts(self, which: int, parts: int) -> None:
        if bill := self.some_bill(which):
            wanted = payment_plans.WantedPlan(bill.household_id, [bill.id], parts)
            with refused(), store.write() as write:
                payment_plans.ask_for_plan(
                    write, store.register, wanted, by=make.AGENT, at=self.now()
                )

    @rule(number=FAMILY, count=st.integers(1, 3), parts=st.integers(2, 6))
    def the_regisseur_grants_a_plan(self, number: int, count: int, parts: int) -> None:
        """Grant a plan of the first bills that the household owes, whatever plan stood of them."""
        at, regie = self.now(), store.register.provider_and_regie("ens")[1]
        home = make.home(number)
        with store.read() as read:
            bills = [bill.id for bill in make.bills(home) if bill.kind == "invoice"]
            owed = {bill: cents for bill, cents in balances_of_bills(read, bills).items() if cents}
        chosen = list(owed)[:count]
        wanted = payment_plans.WantedPlan(home, chosen, parts)
        total = sum(owed[bill] for bill in chosen)
        grant = payment_plans.GrantOfPlan(at.date(), total, "", None, make.AGENT)
        if chosen:
            with refused(), store.write() as write:
                payment_plans.grant_plan(write, store.register, regie, wanted, grant, at)

    @rule(which=st.integers(0, 20))
    def the_regisseur_ends_a_plan(self, which: int) -> None:
        with store.read() as read:
            plans = read.scalars(select(PaymentPlan.id).order_by(PaymentPlan.id)).all()
        if plans:
            with refused(), store.write() as write:
                plan = plans[which % len(plans)]
                payment_plans.end_plan(write, "ens", plan, "Non", by=make.AGENT, at=self.now())

    @rule(days=st.integers(0, 200))
    def parts_are_missed(self, days: int) -> None:
        payment_plans.end_missed_plans(store, self.now() + timedelta(days=days))

    @rule(which=st.integers(0, 20))
    def somebody_pays_the_next_part_online(self, which: int) -> None:
        bill = self.some_bill(which)
        if bill is None or not (cents := treasury.shown(bill.household_id, bill.id)["part_cents"]):
            return
        payer = online_payments.Payer("parent@example.org", None)
        with refused():
            payment_id, _url = online_payments.start_online_payment(
                store, self.payfip, PORTAL, bill.id, payer, self.now(), cents
            )
            with store.read() as read:
                online = read.get_one(OnlinePayment, payment_id)
            self.stub.end_operation(str(online.idop), "P")
            payfip_results.ask_and_book_result(store, self.payfip, payment_id, self.now())

    # The public accountant

    @rule(statement=st.integers(0, 60), size=st.integers(1, 3))
    def late_bills_are_handed_over(self, statement: int, size: int) -> None:
        """Two months later; the worker may crash in it, and goes on."""
        provider, regie = store.register.provider_and_regie("ens")
        at, choice = self.now() + timedelta(days=60), Choice(0, 0)
        with store.read() as read:
            going = [
                candidate
                for candidate in candidate_bills(read, regie, choice, at.date())
                if candidate.may_go
            ]
        seen = len(going), sum(candidate.cents for candidate in going)
        with refused(), store.write() as write:
            lot_transfer.order_lot_of_bills(
                write, provider, regie, choice, seen, by=make.AGENT, at=at
            )
        while (lot := lot_transfer.next_lot(store)) is not None:
            try:
                with crashing(statement):
                    lot_transfer.hand_over_next_bills(store, lot, size)
            except Crash:
                statement = 0

    @rule(
        which=st.integers(0, 20),
        kind=st.sampled_from(["receipt", "receipt", "rejected", "cancelled"]),
        cents=st.integers(1, 3000),
        times=st.integers(1, 2),
    )
    def the_accountant_says_something(self, which: int, kind: str, cents: int, times: int) -> None:
        with store.read() as read:
            rows = select(Invoice.number).join(LotPiece, LotPiece.invoice_id == Invoice.id)
            debts = read.scalars(rows.order_by(Invoice.number)).all()
        if not debts:
            return
        self.told += 1
        row = {"key": f"k{self.told}", "kind": kind, "debt": debts[which % len(debts)]}
        content = treasury.return_file({**row, "cents": cents, "date": "2027-03-01"})
        provider, regie = store.register.provider_and_regie("ens")
        for _ in range(times):
            with store.write() as write:
                process_return(write, provider, regie, content, by=make.AGENT, at=self.now())

    def some_bill(self, which: int) -> Invoice | None:
        bills = [bill for bill in make.bills() if bill.kind == "invoice"]
        return bills[which % len(bills)] if bills else None

    def some_online(self, which: int) -> Any:
        with store.read() as read:
            rows = read.scalars(
                select(OnlinePayment)
                .where(OnlinePayment.idop.is_not(None))
                .order_by(OnlinePayment.payment_id)
            ).all()
        return rows[which % len(rows)] if rows else None

    def payments(self, *which: Any) -> list[Payment]:
        with store.read() as read:
            return list(read.scalars(select(Payment).where(*which).order_by(Payment.id)))


@cache
def a_town() -> Path:
    """Give a folder with a database and a register to begin from, made once."""
    folder = Path(tempfile.mkdtemp(prefix="preau-machine-", dir=memory()))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    url = f"sqlite:///{folder}/data.sqlite"
    with make.billing_on(Database(url, url, ""), folder, till_ceiling_cents=0, payment_plans=PLANS):
        make.tariff(make.by_quotient("canteen", LIMIT, BELOW, ABOVE))
        for number in range(1, FAMILIES + 1):
            make.family(number)
    return folder


@cache
def bank() -> tuple[Operations, Any]:
    """Give one stand-in for PayFiP for all sequences, and our client of it."""
    stub = Stub()
    threading.Thread(target=stub.serve, daemon=True).start()
    return stub.operations, payfip_at(stub.service, stub.page)


@contextmanager
def refused() -> Iterator[None]:
    """A refusal is an answer: nothing may have changed by it."""
    try:
        yield
    except Refusal:
        pass


@contextmanager
def crashing(statement: int) -> Iterator[None]:
    """End the process, as it were, before its nth statement."""
    left = [statement]

    def count(*_: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Crash

    event.listen(store.engine, "before_cursor_execute", count)
    try:
        yield
    finally:
        event.remove(store.engine, "before_cursor_execute", count)


TestBooks = Books.TestCase
TestBooks.settings = settings(
    max_examples=SEQUENCES,
    stateful_step_count=25,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
