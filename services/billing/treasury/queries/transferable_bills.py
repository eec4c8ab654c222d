"""Bills of a régie that may be transferred, and those that may not with the reason; read only."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from services.billing.bills.queries.listed_bills_and_payments import readable_number
from services.billing.bills.queries.net_lines import net_lines
from services.billing.ledger.queries.payment_plans import plans_of_bills
from services.billing.models import Address, Dispute, Invoice, Payment, Posting, Reminder
from services.billing.models.bills import ASKS_BACK
from services.billing.models.collecting.payments import OPEN
from services.billing.models.ledger import RECEIVABLE
from services.billing.payers.queries.protected_households import protected_households_among
from services.billing.payers.queries.record_holds import households_on_hold_among
from services.billing.treasury.queries.debtor_names import names_by_debtor
from services.billing.treasury.rules.bill_for_accountant import (
    UNNAMED,
    BillChecks,
    DebtorRecord,
    NetLine,
    PieceLine,
    anomalies_of_bill,
    debtor_name,
    may_be_handed_over,
    piece_lines,
    suggested_names,
)
from services.billing.treasury.rules.budget_codes import Codes
from services.billing.treasury.rules.pes_export import missing_settings
from shared.contracts.billing.bills import DISCREPANT, INVOICE
from shared.contracts.billing.regie.treasury import (
    BLOCKING,
    DEBTORS_AT_ONCE,
    PAGE,
    KeptBill,
    NamedDebtor,
    PreviewLotAnswer,
)
from shared.database.chunks import ordered_chunks
from shared.register import Regie

TITRE = "titre"


@dataclass(frozen=True, slots=True)
class Choice:
    """Bills owed for more than so many days after their date, and reminded so often."""

    overdue_days: int
    reminders: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A bill that could go: what is owed of it, by whom, for what, and what speaks against it."""

    invoice_id: str
    household_id: str
    number: str
    cents: int
    debtor: DebtorRecord
    lines: Sequence[PieceLine]
    anomalies: Sequence[str]

    @property
    def may_go(self) -> bool:
        return may_be_handed_over(self.anomalies, BLOCKING)


def candidate_bills(
    session: Session, regie: Regie, choice: Choice, on: date
) -> Sequence[Candidate]:
    """
    Return the bills of a régie that are due to be handed over on a day, in the order of their
    numbers; of a `titre` channel all that are owed, from the start.
    """
    rows = _owed_bills(session, regie, choice, on)
    ids = [row.id for row in rows]
    checks = _BillChecks(session, regie, ids, on, [row.household_id for row in rows])
    usual, reminders = (
        default_budget_codes(regie),
        0 if regie.channel == TITRE else choice.reminders,
    )
    return [checks.check_bill(row, usual, reminders) for row in rows]


def preview_of_lot(bills: Sequence[Candidate], regie: Regie) -> PreviewLotAnswer:
    """Return the bills that may go, a page of those with anomalies, and whose names are asked."""
    going = [bill for bill in bills if bill.may_go]
    counts: dict[str, int] = {}
    for bill in bills:
        for code in bill.anomalies:
            counts[code] = counts.get(code, 0) + 1
    return PreviewLotAnswer(
        channel=regie.channel,
        bills=len(going),
        total_cents=sum(bill.cents for bill in going),
        counts=counts,
        kept=[
            KeptBill(
                invoice_id=bill.invoice_id,
                number=bill.number,
                payer=bill.debtor.name or "–",
                cents=bill.cents,
                anomalies=list(bill.anomalies),
            )
            for bill in bills
            if bill.anomalies
        ][:PAGE],
        debtors=_named_debtors(bills) if _goes_as_pes(regie) else [],
    )


def _goes_as_pes(regie: Regie) -> bool:
    return not missing_settings(regie.finance)


def _named_debtors(bills: Sequence[Candidate]) -> list[NamedDebtor]:
    """Return the debtors of bills that nothing else keeps here, those without civility first."""
    concerned = {
        (bill.household_id, bill.debtor.name): bill.debtor
        for bill in bills
        if bill.may_go or UNNAMED in bill.anomalies
    }
    shown = sorted(concerned.items(), key=lambda each: (each[1].civility != "", each[0][1]))
    return [_named_debtor(household_id, each) for (household_id, _), each in shown][
        :DEBTORS_AT_ONCE
    ]


def _named_debtor(household_id: str, debtor: DebtorRecord) -> NamedDebtor:
    written = debtor.first_name, debtor.last_name
    first_name, last_name = written if debtor.civility else suggested_names(debtor.name)
    return {
        "household_id": household_id,
        "name": debtor.name,
        "civility": debtor.civility,
        "first_name": first_name,
        "last_name": last_name,
    }


def default_budget_codes(regie: Regie) -> Codes:
    """Return the codes of lines whose tariff gives none."""
    finance = regie.finance
    return (
        Codes(finance.nature, finance.function, finance.service, finance.product)
        if finance
        else Codes()
    )


def bills_with_payment_under_way(session: Session, invoice_ids: Collection[str]) -> Collection[str]:
    """
    Return those of the bills with an online payment under way or without a result.

    What does not fit what was asked of PayFiP counts too: money may have moved.
    """
    return {
        str(invoice_id)
        for chunk in ordered_chunks(invoice_ids)
        for invoice_id in session.scalars(
            select(Payment.invoice_id).where(
                Payment.invoice_id.in_(chunk), Payment.state.in_((*OPEN, DISCREPANT))
            )
        )
    }


def _owed_bills(session: Session, regie: Regie, choice: Choice, on: date) -> Sequence[Any]:
    owed = func.sum(Posting.cents)
    late = [] if regie.channel == TITRE else [Invoice.due_on < on - timedelta(choice.overdue_days)]
    columns = (
        Invoice.id, Invoice.household_id, Invoice.regie, Invoice.fiscal_year, Invoice.sequence,
    )  # fmt: skip
    return session.execute(
        select(*columns, owed.label("cents"))
        .join(Posting, Posting.invoice_id == Invoice.id)
        .where(
            Invoice.regie == regie.code,
            Invoice.kind == INVOICE,
            Posting.account == RECEIVABLE,
            *late,
        )
        .group_by(*columns)
        .having(owed > 0)
        .order_by(Invoice.fiscal_year, Invoice.sequence)
    ).all()


class _BillChecks:
    """Attributes of some bills beside their balances."""

    def __init__(
        self,
        session: Session,
        regie: Regie,
        ids: Sequence[str],
        on: date,
        household_ids: Sequence[str],
    ) -> None:
        self._goes_as_pes = _goes_as_pes(regie)
        self._names = names_by_debtor(session, regie.code, household_ids)
        self._net = _net_lines_of_bills(session, ids)
        self._payers = _payer_names(session, ids)
        self._homes = _addresses_by_household(session, household_ids, on)
        self._under_way = bills_with_payment_under_way(session, ids)
        self._held = households_on_hold_among(session, household_ids)
        self._protected = protected_households_among(session, household_ids)
        self._disputed = _disputed_bills(session, ids)
        self._reminders = _count_reminders(session, ids)
        self._plans = plans_of_bills(session, ids)

    def check_bill(self, row: Any, usual: Codes, reminders: int) -> Candidate:
        """Return a bill with what speaks against its going."""
        name, cents = debtor_name((self._payers.get(row.id) or [""])[0]), int(row.cents)
        home = self._homes.get(row.household_id, ("", "", ""))
        checks = BillChecks(
            cents,
            DebtorRecord(name, *home, *self._names.get((row.household_id, name), ())),
            row.id in self._under_way,
            row.id in self._disputed,
            self._reminders.get(row.id, 0),
            piece_lines(self._net.get(row.id, ()), cents, usual),
            row.household_id in self._held,
            row.household_id in self._protected,
            self._plans[row.id].plan.state if row.id in self._plans else "",
            self._goes_as_pes,
        )
        return Candidate(
            row.id,
            row.household_id,
            readable_number(row.regie, row.fiscal_year, row.sequence),
            cents,
            checks.debtor,
            checks.lines,
            anomalies_of_bill(checks, reminders=reminders),
        )


def _net_lines_of_bills(session: Session, ids: Sequence[str]) -> Mapping[str, Sequence[NetLine]]:
    """Return by bill its lines as the accountant has them; of what is asked back, its reason."""
    asked_back = {
        bill.id: [NetLine(bill.reason, bill.month, "", bill.total_cents)]
        for chunk in ordered_chunks(ids)
        for bill in session.scalars(select(Invoice).where(Invoice.id.in_(chunk), ASKS_BACK))
    }
    return asked_back | {
        invoice_id: [NetLine(line.label, line.month, line.budget, cents) for line, cents in lines]
        for chunk in ordered_chunks(ids)
        for invoice_id, lines in net_lines(
            session, or_(Invoice.id.in_(chunk), Invoice.of_invoice_id.in_(chunk))
        ).items()
    }


def _payer_names(session: Session, ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
    return {
        invoice_id: payer
        for chunk in ordered_chunks(ids)
        for invoice_id, payer in session.execute(
            select(Invoice.id, Invoice.payer).where(Invoice.id.in_(chunk))
        )
    }


def _addresses_by_household(
    session: Session, household_ids: Sequence[str], on: date
) -> Mapping[str, tuple[str, str, str]]:
    """Return by household where it lives on a day: street, postcode, town."""
    columns = (Address.household_id, Address.street, Address.postcode, Address.commune)
    return {
        household_id: (street, postcode, town)
        for chunk in ordered_chunks(household_ids)
        for household_id, street, postcode, town in session.execute(
            select(*columns)
            .where(Address.household_id.in_(chunk), Address.valid_from <= on)
            .order_by(Address.valid_from)
        )
    }


def _disputed_bills(session: Session, ids: Sequence[str]) -> Collection[str]:
    return {
        invoice_id
        for chunk in ordered_chunks(ids)
        for invoice_id in session.scalars(
            select(Dispute.invoice_id).where(
                Dispute.invoice_id.in_(chunk), Dispute.resolved_at.is_(None)
            )
        )
    }


def _count_reminders(session: Session, ids: Sequence[str]) -> Mapping[str, int]:
    return {
        invoice_id: count
        for chunk in ordered_chunks(ids)
        for invoice_id, count in session.execute(
            select(Reminder.invoice_id, func.count())
            .where(Reminder.invoice_id.in_(chunk))
            .group_by(Reminder.invoice_id)
        )
    }
