"""Mandates: given by a guardian, kept sealed, withdrawn; and which of them a day allows."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.billing.debits.rules.accounts import Account
from services.billing.debits.rules.creditors import debits
from services.billing.debits.rules.sequences import allows
from services.billing.ledger.commands import numbers
from services.billing.ledger.commands.locks import hold_cards
from services.billing.models import Counted, HeldPlace, Invoice, Mandate
from services.billing.models.ledger import EVER, MANDATES
from shared.contracts.billing.debits import ACTIVE, ENDING, SUSPENDED, WITHDRAWN, DebitNotOffered
from shared.database import Write
from shared.database.sealing import Sealer
from shared.dates.clock import PARIS
from shared.register import Provider
from shared.runtime.ids import new_id

STANDING = (ACTIVE, ENDING, SUSPENDED)


def give(
    write: Write,
    provider: Provider,
    household_id: str,
    kind: str,
    account: Account,
    sealer: Sealer,
    *,
    by: str,
    at: datetime,
) -> str:
    """
    Keep a mandate to a provider's régie, signed today; return its RUM.

    Raises DebitNotOffered where there is no such régie, or the household has a mandate there.
    """
    regie = next((each for each in provider.regies if debits(each)), None)
    if regie is None:
        raise DebitNotOffered
    hold_cards(write, provider.code, [household_id])
    if any(each.regie == regie.code for each in standing_of(write, household_id)):
        raise DebitNotOffered
    mandate_id = new_id()
    number = numbers.take(write, regie.code, EVER, MANDATES)
    rum = f"{regie.prefix}{regie.number:03d}{number:08d}"
    row = Mandate(
        id=mandate_id,
        provider=provider.code,
        regie=regie.code,
        household_id=household_id,
        rum=rum,
        kind=kind,
        state=ACTIVE,
        account=sealer.seal(mandate_id, [account.holder, account.iban, account.bic]),
        last4=account.iban[-4:],
        signed_on=at.astimezone(PARIS).date(),
        given_by=by,
        given_at=at,
    )
    write.add(row)
    return rum


def withdraw(write: Write, mandate_id: str, *, after_next: bool, at: datetime) -> None:
    """End a mandate, at once or after one debit more; one that has ended stays as it is."""
    mandate = write.get_one(Mandate, mandate_id, with_for_update=True)
    if mandate.state not in STANDING:
        return
    if after_next and mandate.state == ACTIVE:
        mandate.state = ENDING
    else:
        mandate.state, mandate.ended_at = WITHDRAWN, at


def standing_of(session: Session, household_id: str) -> Sequence[Mandate]:
    """Return a household's mandates that were not withdrawn."""
    mine = (Mandate.household_id == household_id, Mandate.state.in_(STANDING))
    return session.scalars(select(Mandate).where(*mine).order_by(Mandate.given_at)).all()


def shown(mandate: Mandate) -> Mapping[str, Any]:
    """Return a mandate as contracts/debits.py shows one: of its account four figures."""
    names = ("provider", "rum", "kind", "state", "last4", "signed_on")
    return {"mandate_id": mandate.id, **{name: getattr(mandate, name) for name in names}}


def offered(
    session: Session, providers: Collection[Provider], household_id: str
) -> Sequence[Mapping[str, str]]:
    """Return the providers that debit, bill this household, and have no mandate of it yet."""
    taken = {each.regie for each in standing_of(session, household_id)}
    return [
        {"provider": provider.code, "creditor": regie.label, "ics": regie.finance.ics}
        for provider in providers
        for regie in provider.regies
        if regie.finance and debits(regie) and regie.code not in taken
        if _is_billed(session, regie.code, household_id)
    ]


def usable(session: Session, regie: str, on: date) -> Mapping[str, Mandate]:
    """Return by household the mandate by which a régie may debit it on a day."""
    rows = session.scalars(
        select(Mandate).where(Mandate.regie == regie, or_(Mandate.state.in_((ACTIVE, ENDING))))
    )
    return {
        each.household_id: each
        for each in rows
        if allows(each.kind, each.state, each.signed_on, each.used_on, on)
    }


def _is_billed(session: Session, regie: str, household_id: str) -> bool:
    return any(
        session.scalar(
            select(table.household_id)
            .where(table.regie == regie, table.household_id == household_id)
            .limit(1)
        )
        for table in (Counted, HeldPlace, Invoice)
    )
