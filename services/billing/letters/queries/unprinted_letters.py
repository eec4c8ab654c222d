"""Letters that wait to be printed: of households on paper, with a payer, of no child on hold."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby

from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from services.billing.bills.queries.listed_bills_and_payments import readable_number
from services.billing.ledger.queries.balances import balances_of_bills
from services.billing.ledger.queries.payment_plans import select_bills_of_kept_plans
from services.billing.letters.rules.envelopes import (
    Letter,
    Piece,
    letters_in_print_order,
    round_of_letter,
)
from services.billing.models import (
    Entry,
    Household,
    Invoice,
    Posting,
    PrintedPiece,
    Reminder,
    TaxCertificate,
)
from services.billing.models.ledger import RECEIVABLE
from services.billing.payers.queries.deceased_adults import households_without_payer_among
from services.billing.payers.queries.email_reach import printed_on_paper_condition
from services.billing.payers.queries.payers import address_blocks_of
from services.billing.payers.queries.protected_households import protected_households_among
from services.billing.payers.queries.record_holds import households_on_hold_among
from shared.contracts.billing.regie.letters import BY_POSTCODE, CERTIFICATE, PAGE, REMINDER
from shared.dates.clock import PARIS

WAIT_AT_MOST = timedelta(days=366)
"""Age after which a letter that nobody has printed is left out: other means have announced it."""

HOUSEHOLDS = 200
"""Households on paper whose letters are read at once: a page of them, with two letters each."""

Among = Sequence[str] | None
"""Households that are asked for; None: all."""

CLEARING = ("payment", "suspense_assigned", "transfer")
"""Entries after which a bill of which nothing is owed here needs no letter any more."""


def page_of_waiting_letters(
    session: Session, provider: str, on: date, after: str
) -> tuple[list[Letter], str]:
    """
    Return what waits for the households after one, and the last of them unless it is the end.

    Each household is read for one page alone, or two: read whole for each page, the letters of
    9,000 households kept everybody else from billing for minutes.
    """
    page: list[Letter] = []
    for homes in _households_on_paper(session, provider, after):
        of_home: dict[str, list[Letter]] = {home: [] for home in homes}
        for letter in _letters_of_homes_that_are_written_to(session, provider, on, homes):
            of_home[letter.household_id].append(letter)
        for home in homes:
            if page and len(page) + len(of_home[home]) > PAGE:
                return page, after
            page += of_home[home]
            after = home
    return page, ""


def _households_on_paper(session: Session, provider: str, after: str) -> Iterator[Sequence[str]]:
    """Give ids of households whose letters are printed, some after the other, in their order."""
    while True:
        homes = session.scalars(
            select(Household.id)
            .where(Household.id > after, printed_on_paper_condition(provider, Household.id))
            .order_by(Household.id)
            .limit(HOUSEHOLDS)
        ).all()
        if not homes:
            return
        yield homes
        after = homes[-1]


def waiting_letters(
    session: Session, provider: str, on: date, only: str = "", among: Among = None
) -> list[Letter]:
    """
    Return what waits at a provider, by round, then by postcode.

    `only` of a round where one is named, and of these households where some are.
    """
    by_round: dict[str, list[Letter]] = defaultdict(list)
    for letter in _letters_of_homes_that_are_written_to(session, provider, on, among):
        if only in ("", letter.round):
            by_round[letter.round].append(letter)
    return [
        letter
        for name in sorted(by_round)
        for letter in letters_in_print_order(by_round[name], BY_POSTCODE)
    ]


def _letters_of_homes_that_are_written_to(
    session: Session, provider: str, on: date, among: Among
) -> list[Letter]:
    found = [
        *_unprinted_bills(session, provider, on, among),
        *_unprinted_reminders(session, provider, on, among),
        *_unprinted_certificates(session, provider, on, among),
    ]
    homes = {letter.household_id for letter in found}
    silent = households_on_hold_among(session, homes) | households_without_payer_among(
        session, homes
    )
    return [letter for letter in found if letter.household_id not in silent]


def _unprinted_bills(session: Session, provider: str, on: date, among: Among) -> Iterator[Letter]:
    """Give bills and credit notes; what was paid since, or is at the Treasury, is no letter."""
    rows = session.scalars(
        select(Invoice).where(
            Invoice.provider == provider,
            Invoice.due_on > on - WAIT_AT_MOST,
            _not_printed_condition(Invoice.kind, Invoice.id),
            _on_paper_among_condition(provider, Invoice.household_id, among),
            not_(_cleared_bill_condition()),
        )
    ).all()
    protected = protected_households_among(session, {bill.household_id for bill in rows})
    for bill in rows:
        yield Letter(
            kind=bill.kind,
            round=round_of_letter(bill.kind, bill.month, bill.issued_on),
            household_id=bill.household_id,
            block=tuple(bill.payer),
            since=bill.issued_on,
            pieces=(Piece(bill.id, 0, _readable_bill_number(bill), bill.total_cents),),
            protected=bill.household_id in protected,
        )


def _cleared_bill_condition() -> ColumnElement[bool]:
    """Return the condition of a bill that was paid or handed over, with nothing owed here."""
    owed = (
        select(func.coalesce(func.sum(Posting.cents), 0))
        .where(Posting.invoice_id == Invoice.id, Posting.account == RECEIVABLE)
        .scalar_subquery()
    )
    came = exists().where(
        Posting.invoice_id == Invoice.id,
        Posting.account == RECEIVABLE,
        Entry.id == Posting.entry_id,
        Entry.kind.in_(CLEARING),
    )
    return and_(owed <= 0, came)


def _unprinted_reminders(
    session: Session, provider: str, on: date, among: Among
) -> Iterator[Letter]:
    """Give for a household what it was reminded of on one day, as long as it is owed."""
    rows = session.execute(_select_latest_reminders(provider, on, among)).all()
    owed = balances_of_bills(session, [bill.id for _, bill in rows])
    open_ones = [(reminder, bill) for reminder, bill in rows if owed[bill.id] > 0]
    homes = {bill.household_id for _, bill in open_ones}
    blocks, protected = (
        address_blocks_of(session, homes, on),
        protected_households_among(session, homes),
    )
    for (household_id, _, day), several in _reminders_by_day(open_ones):
        yield Letter(
            kind=REMINDER,
            round=round_of_letter(REMINDER, "", day),
            household_id=household_id,
            block=blocks[household_id],
            since=day,
            pieces=tuple(
                Piece(bill.id, reminder.level, _readable_bill_number(bill), owed[bill.id])
                for reminder, bill in several
            ),
            protected=household_id in protected,
        )


def _select_latest_reminders(provider: str, on: date, among: Among) -> Select[Reminder, Invoice]:
    """Select what was reminded of; of what is paid by a plan since, nothing while it is kept."""
    later = aliased(Reminder)
    return (
        select(Reminder, Invoice)
        .join(Invoice, Invoice.id == Reminder.invoice_id)
        .where(
            Invoice.provider == provider,
            Invoice.due_on > on - WAIT_AT_MOST,
            Invoice.id.not_in(select_bills_of_kept_plans()),
            _not_printed_condition(REMINDER, Reminder.invoice_id, Reminder.level),
            _on_paper_among_condition(provider, Invoice.household_id, among),
            ~exists().where(later.invoice_id == Reminder.invoice_id, later.level > Reminder.level),
        )
    )


def _reminders_by_day(
    rows: Sequence[tuple[Reminder, Invoice]],
) -> Iterable[tuple[tuple[str, str, date], list[tuple[Reminder, Invoice]]]]:
    """Group reminders by household, régie and day, the oldest bill first."""

    def key_of_reminder(row: tuple[Reminder, Invoice]) -> tuple[str, str, date]:
        reminder, bill = row
        return bill.household_id, bill.regie, reminder.reminded_at.astimezone(PARIS).date()

    ordered = sorted(rows, key=lambda row: (key_of_reminder(row), row[1].due_on, row[1].id))
    return ((key, list(several)) for key, several in groupby(ordered, key_of_reminder))


def _unprinted_certificates(
    session: Session, provider: str, on: date, among: Among
) -> Iterator[Letter]:
    """Give the last version of each tax certificate."""
    later = aliased(TaxCertificate)
    of_the_same = [
        getattr(later, name) == getattr(TaxCertificate, name)
        for name in ("provider", "household_id", "child_id", "year")
    ]
    rows = session.scalars(
        select(TaxCertificate).where(
            TaxCertificate.provider == provider,
            TaxCertificate.year >= on.year - 1,
            _not_printed_condition(CERTIFICATE, TaxCertificate.id),
            _on_paper_among_condition(provider, TaxCertificate.household_id, among),
            ~exists().where(*of_the_same, later.version > TaxCertificate.version),
        )
    ).all()
    protected = protected_households_among(session, {row.household_id for row in rows})
    for row in rows:
        day = row.issued_at.astimezone(PARIS).date()
        yield Letter(
            kind=CERTIFICATE,
            round=round_of_letter(CERTIFICATE, "", day, row.year),
            household_id=row.household_id,
            block=tuple(row.payer),
            since=day,
            pieces=(Piece(row.id, 0, "", row.cents),),
            protected=row.household_id in protected,
        )


def _on_paper_among_condition(
    provider: str, household_id: InstrumentedAttribute[str], among: Among
) -> ColumnElement[bool]:
    on_paper = printed_on_paper_condition(provider, household_id)
    return on_paper if among is None else and_(household_id.in_(among), on_paper)


def _not_printed_condition(
    kind: object, reference: object, level: object = 0
) -> ColumnElement[bool]:
    return ~exists().where(
        PrintedPiece.kind == kind,
        PrintedPiece.reference == reference,
        PrintedPiece.level == level,
    )


def _readable_bill_number(bill: Invoice) -> str:
    return readable_number(bill.regie, bill.fiscal_year, bill.sequence)
