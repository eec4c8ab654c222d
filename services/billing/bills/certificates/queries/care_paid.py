"""Amounts paid of bills' childcare lines by the end of a day, by household and child."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.billing.bills.certificates.queries.days_of_payment import WHAT_CAME, paid_on
from services.billing.bills.queries.net_lines import net_lines
from services.billing.bills.rules.voucher_limits import (
    VoucherLine,
    is_of_voucher_kind,
    may_voucher_pay,
)
from services.billing.ledger.rules.line_allocation import allocate_to_lines
from services.billing.models import Entry, HouseholdChild, Invoice, Payment, Posting
from shared.contracts.billing.bills import VOUCHERS
from shared.contracts.enrolment.tariffs import CHILDCARE
from shared.database.chunks import ordered_chunks
from shared.dates.months import first_of
from shared.register import Provider


class CarePaid(NamedTuple):
    """
    Cents that were paid for a child's care: by the family itself, and by vouchers.

    What an employer financed of a voucher is no expense of the family, and no title says how much.
    """

    own: int = 0
    by_voucher: int = 0

    def less(self, before: "CarePaid") -> "CarePaid":
        return CarePaid(self.own - before.own, self.by_voucher - before.by_voucher)


Paid = Mapping[tuple[str, str], CarePaid]


def care_paid(
    session: Session, provider: Provider, household_ids: Collection[str], until: date
) -> Paid:
    """
    Return by household and child what was paid up to a day of what counts as childcare.

    What came for a bill is shared out among its lines, as they stood at the end of that day: a
    voucher among those that it may pay, all else among what is left of them.
    """
    paid_for: dict[tuple[str, str], CarePaid] = defaultdict(CarePaid)
    for chunk in ordered_chunks(household_ids):
        lines = net_lines(
            session,
            Invoice.provider == provider.code,
            Invoice.household_id.in_(chunk),
            Invoice.issued_on <= until,
        )
        paid = _paid_by_bill(session, chunk, until)
        titles = _Vouchers(session, provider, chunk, until)
        for invoice_id, net in lines.items():
            total = paid.get(invoice_id, 0)
            by_voucher = titles.cents_by_line(invoice_id, net, total)
            rest = [cents - titled for (_, cents), titled in zip(net, by_voucher, strict=True)]
            own = allocate_to_lines(rest, total - sum(by_voucher))
            for (line, _), *parts in zip(net, own, by_voucher, strict=True):
                if line.tax == CHILDCARE and line.child_id:
                    key = (line.household_id, line.child_id)
                    before = paid_for[key]
                    paid_for[key] = CarePaid(before.own + parts[0], before.by_voucher + parts[1])
    return paid_for


class _Vouchers:
    """Sums that vouchers paid of some households' bills, and of which lines."""

    def __init__(
        self, session: Session, provider: Provider, household_ids: Collection[str], until: date
    ) -> None:
        self._regies = {regie.code: regie for regie in provider.regies}
        self._paid: dict[str | None, list[tuple[str, str, int]]] = defaultdict(list)
        rows = session.execute(
            select(Posting.invoice_id, Posting.regie, Payment.means, -func.sum(Posting.cents))
            .join(Entry, Entry.id == Posting.entry_id)
            .join(Payment, Payment.id == Posting.payment_id)
            .where(*_conditions_of_what_came(household_ids, until), Payment.means.in_(VOUCHERS))
            .group_by(Posting.invoice_id, Posting.regie, Payment.means)
            .order_by(Posting.invoice_id, Payment.means.desc())  # CESU first: it pays care alone
        )
        for invoice_id, regie, means, cents in rows:
            self._paid[invoice_id].append((regie, means, int(cents)))
        self._born = _birth_dates(session, household_ids) if self._paid else {}

    def cents_by_line(
        self, invoice_id: str, net: Sequence[tuple[Any, int]], total: int
    ) -> list[int]:
        """
        Return line by line what vouchers paid of a bill, at most what it was paid in all.

        What a voucher paid beyond the lines that it may pay now (the régie takes it no more, a
        credit note took the line back) stays a voucher's: first on lines of its kind, then on any.
        """
        by_line = [0] * len(net)
        for regie, means, cents in self._paid.get(invoice_id, ()):
            unplaced = min(cents, total - sum(by_line))
            for may_pay in (
                [self._may_pay(means, regie, line) for line, _ in net],
                [is_of_voucher_kind(means, line.tax) for line, _ in net],
                [True for _ in net],
            ):
                payable = [
                    left - titled if may else 0
                    for (_, left), titled, may in zip(net, by_line, may_pay, strict=True)
                ]
                parts = list(allocate_to_lines(payable, unplaced))
                by_line = [titled + part for titled, part in zip(by_line, parts, strict=True)]
                unplaced -= sum(parts)
        return by_line

    def _may_pay(self, means: str, regie: str, line: Any) -> bool:
        last_day = first_of(line.month).replace(day=max(line.days, default=1))
        born = self._born.get((line.household_id, line.child_id))
        known = VoucherLine(line.activity, line.tax, last_day, born, line.cents)
        return regie in self._regies and may_voucher_pay(means, self._regies[regie], known)


def _birth_dates(
    session: Session, household_ids: Collection[str]
) -> Mapping[tuple[str, str], date]:
    rows = session.execute(
        select(
            HouseholdChild.household_id, HouseholdChild.child_id, HouseholdChild.birth_date
        ).where(HouseholdChild.household_id.in_(household_ids))
    )
    return {(household_id, child_id): born for household_id, child_id, born in rows}


def _conditions_of_what_came(household_ids: Collection[str], until: date) -> Sequence[Any]:
    return (
        Posting.household_id.in_(household_ids),
        *WHAT_CAME,
        paid_on() <= until,
    )


def _paid_by_bill(
    session: Session, household_ids: Collection[str], until: date
) -> Mapping[str | None, int]:
    rows = session.execute(
        select(Posting.invoice_id, -func.sum(Posting.cents))
        .join(Entry, Entry.id == Posting.entry_id)
        .where(*_conditions_of_what_came(household_ids, until))
        .group_by(Posting.invoice_id)
    )
    return {invoice_id: int(cents) for invoice_id, cents in rows}
