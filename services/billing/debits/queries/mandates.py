"""Mandates of a household, those that a day allows, and where one may be given."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from itertools import takewhile

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from services.billing.debits.rules.regies_collecting_by_debit import does_regie_collect_by_debit
from services.billing.debits.rules.sequences import MOST_REJECTS, allows_debit
from services.billing.models import Counted, Debit, DebitRun, Invoice, Mandate, Payment, StoredPlace
from shared.contracts.billing.bills import PENDING
from shared.contracts.billing.debits import ACTIVE, ENDING, SUSPENDED, Creditor, SignedMandate
from shared.database import Unreadable
from shared.database.keys.sealing import Sealer
from shared.register import Provider

IN_FORCE = (ACTIVE, ENDING, SUSPENDED)


def mandates_in_force(session: Session, household_id: str) -> Sequence[Mandate]:
    """Return a household's mandates that were not withdrawn."""
    conditions = (Mandate.household_id == household_id, Mandate.state.in_(IN_FORCE))
    return session.scalars(select(Mandate).where(*conditions).order_by(Mandate.given_at)).all()


def are_accounts_readable(session: Session, sealer: Sealer) -> bool:
    """Return whether a key opens the accounts of the first and the last mandate in force."""
    listed = select(Mandate.id, Mandate.account).where(Mandate.state.in_(IN_FORCE)).limit(1)
    try:
        for order in (Mandate.id, Mandate.id.desc()):
            for mandate_id, account in session.execute(listed.order_by(order)):
                sealer.open_bytes(mandate_id, account)
    except Unreadable:
        return False
    return True


def mandate_shown(mandate: Mandate) -> SignedMandate:
    """Return a mandate as its household sees it: of its account four figures."""
    return SignedMandate(
        mandate_id=mandate.id,
        provider=mandate.provider,
        rum=mandate.rum,
        kind=mandate.kind,
        state=mandate.state,
        last4=mandate.last4,
        signed_on=mandate.signed_on,
    )


def creditors_offered(
    session: Session, providers: Collection[Provider], household_id: str
) -> list[Creditor]:
    """Return the providers that debit, bill this household, and have no mandate of it yet."""
    taken = {mandate.regie for mandate in mandates_in_force(session, household_id)}
    return [
        Creditor(provider=provider.code, creditor=regie.label, ics=regie.finance.ics)
        for provider in providers
        for regie in provider.regies
        if regie.finance and does_regie_collect_by_debit(regie) and regie.code not in taken
        if _is_billed(session, regie.code, household_id)
    ]


def usable_mandates(
    session: Session, regie: str, on: date, *, locked: bool = False
) -> Mapping[str, Mandate]:
    """Return by household the mandate by which a régie may debit it on a day, as it is now."""
    query = select(Mandate).where(Mandate.regie == regie, Mandate.state.in_((ACTIVE, ENDING)))
    if locked:
        query = query.order_by(Mandate.id).with_for_update()
    return {
        row.household_id: row
        for row in session.scalars(query.execution_options(populate_existing=True))
        if allows_debit(row.kind, row.state, row.signed_on, row.used_on, on)
    }


def has_debit_to_come(
    session: Session,
    regie: str,
    household_id: str,
    invoice_ids: Collection[str],
    due_on: date,
    on: date,
) -> bool:
    """
    Say whether a household's mandate is still to pay what was due on a day of these bills.

    Not once a bank has rejected a debit of one of them since: then the household pays by hand.
    """
    rejected = (
        select(Debit.payment_id)
        .join(DebitRun, DebitRun.id == Debit.run_id)
        .where(Debit.invoice_id.in_(invoice_ids), Debit.reason != "", DebitRun.collect_on >= due_on)
    )
    usable = usable_mandates(session, regie, on)
    return household_id in usable and session.scalar(rejected.limit(1)) is None


def count_rejected_days_in_a_row(session: Session, mandate_id: str) -> int:
    """
    Return on how many of a mandate's last days the bank has rejected something, MOST_REJECTS most.

    A day counts once, however many bills and runs it was of: the account was short on one day. What
    is collected is no end of it: the bank rejects days after.
    """
    rejected = func.max(case((Debit.reason == "", 0), else_=1))
    latest = (
        select(rejected)
        .join(DebitRun, DebitRun.id == Debit.run_id)
        .join(Payment, Payment.id == Debit.payment_id)
        .where(
            Debit.mandate_id == mandate_id,
            or_(Debit.reason != "", Payment.state != PENDING),  # of the others nothing is known
        )
        .group_by(DebitRun.collect_on)
        .order_by(DebitRun.collect_on.desc())
        .limit(MOST_REJECTS)
    )
    return len(list(takewhile(bool, session.scalars(latest))))


def _is_billed(session: Session, regie: str, household_id: str) -> bool:
    return any(
        session.scalar(
            select(table.household_id)
            .where(table.regie == regie, table.household_id == household_id)
            .limit(1)
        )
        for table in (Counted, StoredPlace, Invoice)
    )
