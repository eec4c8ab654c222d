"""
Payment plans: asked for, granted, refused, stopped, and lapsed where a part is missed.

Each act locks the household's card, so that a payment is seen or waits. A plan is never edited: a
change is another plan in its place.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from services.billing.bills.commands.bill_cards import publish_changed_cards
from services.billing.bills.commands.notices import notify_unless_on_hold, publish_notice
from services.billing.bills.queries.listed_bills_and_payments import (
    bills_with_pending_payment,
    readable_number,
)
from services.billing.bills.rules.due_days import day_months_later, days_of_parts
from services.billing.debits.queries.mandates import has_debit_to_come
from services.billing.ledger.commands.locks import lock_cards
from services.billing.ledger.queries.balances import balances_of_bills, charges_of_bills
from services.billing.ledger.queries.payment_plans import (
    PlanByNow,
    plans_by_now,
    standing_plans_of_bills,
)
from services.billing.ledger.rules.plan_parts import divide_into_parts, has_missed_part
from services.billing.models import (
    Debit,
    DebitRun,
    Entry,
    Invoice,
    PaymentPlan,
    PaymentPlanBill,
    Posting,
)
from services.billing.models.ledger import RECEIVABLE, REVERSAL
from services.billing.payers.queries.deceased_adults import households_without_payer_among
from services.billing.payers.queries.record_holds import households_on_hold_among
from services.billing.treasury.queries.transferable_bills import bills_with_payment_under_way
from shared.contracts.billing.bills import (
    INVOICE,
    PART_DUE,
    NothingOwed,
    PaymentUnderWay,
    part_notice_key,
)
from shared.contracts.billing.payment_plans import (
    ASKED,
    GRANTED,
    LAPSED,
    LEAST_PARTS,
    REFUSED,
    REPLACED,
    STOPPED,
    PlanNotOffered,
    PlanRunning,
)
from shared.contracts.errors import NotFound, Outdated
from shared.database import Store, Write
from shared.dates.clock import PARIS
from shared.register import PaymentPlanLimits, Regie, Register
from shared.runtime.ids import new_id

ANNOUNCED_BEFORE = timedelta(days=5)
"""A part is announced so long before its day: a weekend and a transfer go in between."""


@dataclass(frozen=True, slots=True)
class WantedPlan:
    """Bills of a household, and in how many parts they are to be paid."""

    household_id: str
    invoices: Sequence[str]
    parts: int


@dataclass(frozen=True, slots=True)
class GrantOfPlan:
    """A régisseur's grant, by what was seen; `plan_id` is the request that it answers, if any."""

    first_on: date
    total_cents: int
    answer: str
    plan_id: str | None
    by: str


def ask_for_plan(
    write: Write, register: Register, wanted: WantedPlan, *, by: str, at: datetime
) -> str:
    """
    Note that a household asks for a plan, in place of what it asked before; return its id.

    The same request again is the same plan. Raises NotFound, NothingOwed, PaymentUnderWay,
    PlanNotOffered, PlanRunning.
    """
    bills = _lock_own_bills(write, wanted)
    regie = register.provider_and_regie(bills[0].regie)[1]
    owed = _require_owed(write, bills)
    _require_parts_within_limits(regie, wanted.parts, owed)
    for plan in standing_plans_of_bills(write, wanted.invoices):
        if plan.state == GRANTED:
            raise PlanRunning
        if plan.asked_parts == wanted.parts and _bills_of_plan(write, plan) == {*wanted.invoices}:
            return plan.id
        plan.state, plan.ended_at = REPLACED, at
    _refuse_beside_announced_debit(write, bills)
    plan = _new_plan(bills[0], ASKED)
    plan.asked_parts, plan.asked_by, plan.asked_at = wanted.parts, by, at
    _store_plan(write, plan, bills, at)
    return plan.id


def grant_plan(
    write: Write,
    register: Register,
    regie: Regie,
    wanted: WantedPlan,
    grant: GrantOfPlan,
    at: datetime,
) -> str:
    """
    Let bills be paid in parts, in place of any plan that stands of them; return its id.

    Raises NotFound, NothingOwed, Outdated where another amount is owed or the request was answered,
    PlanNotOffered, PlanRunning where a bill of a plan in force is left out, and PaymentUnderWay
    where a bank is about to debit whole what has no plan yet.
    """
    bills = _lock_own_bills(write, wanted)
    if any(bill.regie != regie.code for bill in bills):
        raise NotFound
    owed, today = _require_owed(write, bills), at.astimezone(PARIS).date()
    if owed != grant.total_cents:
        raise Outdated
    limits = _require_parts_within_limits(regie, wanted.parts, owed)
    territory = register.now.calendar.holiday_territory
    days = days_of_parts(grant.first_on, wanted.parts, territory)
    _require_days_within_limits(limits, grant.first_on, days[-1], today)
    standing = standing_plans_of_bills(write, wanted.invoices)
    waiting = [plan for plan in standing if plan.state == ASKED]
    answered = grant.plan_id
    asked = next((plan for plan in waiting if answered in (None, plan.id)), None)
    if answered is not None and asked is None:
        raise Outdated
    if len(waiting) == len(standing):
        _refuse_beside_announced_debit(write, bills)
    for former in standing:
        if former.state == GRANTED:
            _require_all_owed_bills(write, former, wanted)
        former.state, former.ended_at = REPLACED, at
    plan = _new_plan(bills[0], GRANTED)
    if asked is not None:
        plan.asked_parts, plan.asked_by, plan.asked_at = (
            asked.asked_parts, asked.asked_by, asked.asked_at,
        )  # fmt: skip
    plan.parts = [[day.isoformat(), cents] for day, cents in divide_into_parts(owed, days)]
    plan.answer, plan.decided_by, plan.decided_at = grant.answer, grant.by, at
    _store_plan(write, plan, bills, at)
    detail = {"parts": wanted.parts, "cents": owed, "first_on": days[0]}
    _notify(write, plan, bills[0], "plan_granted", detail, at)
    return plan.id


def end_plan(
    write: Write, provider: str, plan_id: str, answer: str, *, by: str, at: datetime
) -> None:
    """Refuse a plan that was asked for, or stop one that was granted, with a sentence."""
    plan = _lock_plan(write, provider, plan_id)
    if plan is None or plan.state not in (ASKED, GRANTED):
        raise NotFound
    if not plans_by_now(write, [plan])[plan.id].owed_cents:
        raise NotFound  # paid meanwhile: « all is due » would be wrong
    kind = "plan_refused" if plan.state == ASKED else "plan_ended"
    plan.state = REFUSED if plan.state == ASKED else STOPPED
    plan.answer, plan.decided_by, plan.decided_at, plan.ended_at = answer, by, at, at
    _tell_end_of_plan(write, plan, kind, at)


def end_missed_plans(store: Store, at: datetime) -> None:
    """
    Let plans lapse of which a part was not paid in time, each in a transaction of its own.

    One waits whose bill is being paid, whose household is on hold, or that a mandate is still to
    pay: no family loses its plan because the régie has not debited it yet.
    """
    today = at.astimezone(PARIS).date()
    for plan_id, provider in _plans_still_owed(store):
        with store.write() as write:
            plan = _lock_plan(write, provider, plan_id)
            if plan is not None and _is_missed(write, store.register, plan, today):
                plan.state, plan.ended_at = LAPSED, at
                _tell_end_of_plan(write, plan, "plan_ended", at)


def announce_coming_parts(store: Store, at: datetime) -> None:
    """
    Announce the next part of each plan that is due in a few days, once, bill by bill.

    Not while the household is on hold or its payment under way, nor what a mandate is to pay: that
    is announced with the debit.
    """
    today = at.astimezone(PARIS).date()
    for plan_id, provider in _plans_still_owed(store):
        with store.read() as read:
            if not _is_part_near(read.get_one(PaymentPlan, plan_id), today):
                continue
        with store.write() as write:
            plan = _lock_plan(write, provider, plan_id)
            if plan is not None and _is_part_near(plan, today):
                _announce_next_part(write, plan, today, at)


def _is_part_near(plan: PaymentPlan, today: date) -> bool:
    """Say whether a part that was not announced is due in a few days, by what was agreed."""
    days = [date.fromisoformat(day) for day, _cents in plan.parts]
    told = plan.part_announced_on or date.min
    return any(_is_in_few_days(day, today) and day > told for day in days)


def _is_in_few_days(day: date, today: date) -> bool:
    return today <= day <= today + ANNOUNCED_BEFORE


def _announce_next_part(write: Write, plan: PaymentPlan, today: date, at: datetime) -> None:
    by_now, home = plans_by_now(write, [plan])[plan.id], plan.household_id
    part = by_now.next_part
    if part is None or not _is_in_few_days(part.due_on, today):
        return
    silent = households_on_hold_among(write, [home]) | households_without_payer_among(write, [home])
    is_paying = bool(bills_with_payment_under_way(write, by_now.owed))
    if silent or is_paying or _waits_for_debit(write, by_now, part.due_on, today):
        return
    plan.part_announced_on = part.due_on
    for invoice_id in by_now.owed:
        piece = by_now.next_piece_of_bill(invoice_id)
        if piece is None or piece.due_on != part.due_on:
            continue
        bill = write.get_one(Invoice, invoice_id)
        number = readable_number(bill.regie, bill.fiscal_year, bill.sequence)
        detail = {"number": number, "month": bill.month, "cents": piece.cents}
        detail |= {"due_on": piece.due_on}
        key = part_notice_key(invoice_id, piece.due_on)
        publish_notice(write, plan.provider, home, key, PART_DUE, detail, at)


def _plans_still_owed(store: Store) -> Sequence[tuple[str, str]]:
    """Return the plans that are kept and of which something is owed, with their providers."""
    owed = (
        select(PaymentPlan.id, PaymentPlan.provider)
        .join(PaymentPlanBill, PaymentPlanBill.plan_id == PaymentPlan.id)
        .join(Posting, Posting.invoice_id == PaymentPlanBill.invoice_id)
        .where(PaymentPlan.state == GRANTED, Posting.account == RECEIVABLE)
        .group_by(PaymentPlan.id, PaymentPlan.provider)
        .having(func.sum(Posting.cents) > 0)
    )
    with store.read() as read:
        return read.execute(owed.order_by(PaymentPlan.id)).all()


def _is_missed(write: Write, register: Register, plan: PaymentPlan, today: date) -> bool:
    if plan.state != GRANTED or not register.has_regie(plan.regie):
        return False
    limits = register.provider_and_regie(plan.regie)[1].payment_plans or PaymentPlanLimits()
    by_now = plans_by_now(write, [plan])[plan.id]
    part = by_now.next_part
    taken_back_on = _last_day_taken_back(write, by_now.owed)
    if part is None or not has_missed_part(by_now.parts, limits.grace_days, today, taken_back_on):
        return False
    is_on_hold = bool(households_on_hold_among(write, [plan.household_id]))
    is_paying = bool(bills_with_payment_under_way(write, by_now.owed))
    return not (is_on_hold or is_paying or _waits_for_debit(write, by_now, part.due_on, today))


def _last_day_taken_back(write: Write, invoice_ids: Collection[str]) -> date | None:
    """Return the day on which a payment of these bills was last taken back, or a debit rejected."""
    reversed_on = (
        select(func.max(Entry.day))
        .join(Posting, Posting.entry_id == Entry.id)
        .where(
            Posting.invoice_id.in_(invoice_ids),
            Posting.account == RECEIVABLE,
            Entry.kind == REVERSAL,
        )
    )
    rejected_on = (
        select(func.max(DebitRun.collect_on))
        .join(Debit, Debit.run_id == DebitRun.id)
        .where(Debit.invoice_id.in_(invoice_ids), Debit.reason != "")
    )
    days = [day for query in (reversed_on, rejected_on) if (day := write.scalar(query))]
    return max(days, default=None)


def _waits_for_debit(write: Write, by_now: PlanByNow, due_on: date, today: date) -> bool:
    plan = by_now.plan
    return has_debit_to_come(write, plan.regie, plan.household_id, by_now.owed, due_on, today)


def _lock_own_bills(write: Write, wanted: WantedPlan) -> Sequence[Invoice]:
    """Return the household's bills of one régie, locked, the first due first; raises NotFound."""
    rows = select(Invoice).where(
        Invoice.id.in_(wanted.invoices),
        Invoice.household_id == wanted.household_id,
        Invoice.kind == INVOICE,
    )
    bills = write.scalars(rows).all()
    if len(bills) != len({*wanted.invoices}) or len({bill.regie for bill in bills}) != 1:
        raise NotFound
    lock_cards(write, bills[0].provider, [wanted.household_id])
    in_turn = rows.order_by(Invoice.due_on, Invoice.fiscal_year, Invoice.sequence)
    write.execute(rows.order_by(Invoice.id).with_for_update()).all()
    return write.scalars(in_turn).all()


def _require_owed(write: Write, bills: Sequence[Invoice]) -> int:
    """Return what is owed of bills; raises NothingOwed where of one nothing is owed here."""
    owed = balances_of_bills(write, [bill.id for bill in bills])
    if any(cents <= 0 for cents in owed.values()):
        raise NothingOwed
    return sum(owed.values())


def _refuse_beside_announced_debit(write: Write, bills: Sequence[Invoice]) -> None:
    """Refuse parts while a bank is about to debit a bill whole: the plan would say what is not."""
    if any(bills_with_pending_payment(write, [bill.id for bill in bills]).values()):
        raise PaymentUnderWay


def _require_parts_within_limits(regie: Regie, parts: int, owed: int) -> PaymentPlanLimits:
    """Return the régie's limits; raises PlanNotOffered where these parts are outside of them."""
    limits = regie.payment_plans
    if limits is None:
        raise PlanNotOffered(why="none")
    most = limits.most_parts(owed)
    if parts > most or most < LEAST_PARTS:
        raise PlanNotOffered(why="parts" if parts > limits.parts else "least", most=most)
    return limits


def _require_days_within_limits(
    limits: PaymentPlanLimits, first_on: date, last_on: date, today: date
) -> None:
    if first_on < today:
        raise PlanNotOffered(why="past")
    if last_on > day_months_later(today, limits.months):
        raise PlanNotOffered(why="months")


def _require_all_owed_bills(write: Write, plan: PaymentPlan, wanted: WantedPlan) -> None:
    """Raise PlanRunning where a plan that is replaced leaves a bill behind that is still owed."""
    owed = plans_by_now(write, [plan])[plan.id].owed
    if {bill for bill, cents in owed.items() if cents > 0} - {*wanted.invoices}:
        raise PlanRunning


def _bills_of_plan(write: Write, plan: PaymentPlan) -> set[str]:
    rows = select(PaymentPlanBill.invoice_id).where(PaymentPlanBill.plan_id == plan.id)
    return {*write.scalars(rows)}


def _new_plan(bill: Invoice, state: str) -> PaymentPlan:
    return PaymentPlan(
        id=new_id(),
        provider=bill.provider,
        regie=bill.regie,
        household_id=bill.household_id,
        state=state,
        asked_parts=0,
        parts=[],
        answer="",
    )


def _store_plan(write: Write, plan: PaymentPlan, bills: Sequence[Invoice], at: datetime) -> None:
    write.add(plan)
    write.flush()
    charged = charges_of_bills(write, [bill.id for bill in bills])
    for bill in bills:
        row = {"plan_id": plan.id, "invoice_id": bill.id, "charged_cents": charged[bill.id]}
        write.add(PaymentPlanBill(**row))
    write.flush()
    publish_changed_cards(write, plan.provider, [plan.household_id], at)


def _lock_plan(write: Write, provider: str, plan_id: str) -> PaymentPlan | None:
    """Return a provider's plan as it is once its household's card is locked."""
    key = (PaymentPlan.id == plan_id, PaymentPlan.provider == provider)
    home = write.scalar(select(PaymentPlan.household_id).where(*key))
    if home is None:
        return None
    lock_cards(write, provider, [home])
    query = select(PaymentPlan).where(*key).with_for_update()
    return write.scalars(query).one()


def _tell_end_of_plan(write: Write, plan: PaymentPlan, kind: str, at: datetime) -> None:
    write.flush()
    by_now = plans_by_now(write, [plan])[plan.id]
    first = write.get_one(Invoice, next(iter(by_now.owed)))
    _notify(write, plan, first, kind, {"cents": by_now.owed_cents}, at)
    publish_changed_cards(write, plan.provider, [plan.household_id], at)


def _notify(
    write: Write,
    plan: PaymentPlan,
    bill: Invoice,
    kind: str,
    detail: dict[str, object],
    at: datetime,
) -> None:
    """Notify a household of its plan, with the answer; of several bills the first is named."""
    number = readable_number(bill.regie, bill.fiscal_year, bill.sequence)
    detail |= {"number": number, "month": bill.month, "answer": plan.answer}
    key, home = f"{kind}:{plan.id}", plan.household_id
    notify_unless_on_hold(write, plan.provider, home, key, kind, detail, at)
