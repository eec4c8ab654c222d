"""Mandates: given by a guardian, kept sealed, withdrawn."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import select

from services.billing.bills.commands.notices import notify_unless_on_hold
from services.billing.debits.queries.mandates import IN_FORCE, mandates_in_force
from services.billing.debits.rules.bank_accounts import Account
from services.billing.debits.rules.regies_collecting_by_debit import does_regie_collect_by_debit
from services.billing.ledger.commands import gapless_numbers
from services.billing.ledger.commands.locks import lock_cards
from services.billing.models import Mandate
from services.billing.models.ledger import EVER, MANDATES
from shared.contracts.billing.debits import ACTIVE, ENDING, WITHDRAWN, DebitNotOffered
from shared.database import Write
from shared.database.keys.sealing import Sealer
from shared.dates.clock import PARIS
from shared.register import Provider, Regie
from shared.runtime.ids import new_id


def give_mandate(
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
    regie = regie_that_debits(provider)
    lock_cards(write, provider.code, [household_id])
    if any(mandate.regie == regie.code for mandate in mandates_in_force(write, household_id)):
        raise DebitNotOffered
    rum = _next_reference(write, regie)
    signed_on = at.astimezone(PARIS).date()
    store_mandate(
        write,
        provider,
        regie,
        household_id,
        rum,
        kind,
        account,
        sealer,
        signed_on=signed_on,
        by=by,
        at=at,
    )
    return rum


def _next_reference(write: Write, regie: Regie) -> str:
    """Return the next reference of a régie that no mandate has: other software may count alike."""
    while True:
        number = gapless_numbers.take_numbers(write, regie.code, EVER, MANDATES)
        rum = f"{regie.prefix}{regie.number:03d}{number:08d}"
        taken = select(Mandate.id).where(Mandate.regie == regie.code, Mandate.rum == rum)
        if write.scalar(taken) is None:
            return rum


def regie_that_debits(provider: Provider) -> Regie:
    """Return the régie of a provider that collects by debit; raises DebitNotOffered."""
    for regie in provider.regies:
        if does_regie_collect_by_debit(regie):
            return regie
    raise DebitNotOffered


def store_mandate(
    write: Write,
    provider: Provider,
    regie: Regie,
    household_id: str,
    rum: str,
    kind: str,
    account: Account,
    sealer: Sealer,
    *,
    signed_on: date,
    by: str,
    at: datetime,
    used_on: date | None = None,
    batch: str = "",
) -> None:
    """Store a mandate with its account sealed."""
    mandate_id = new_id()
    write.add(
        Mandate(
            id=mandate_id,
            provider=provider.code,
            regie=regie.code,
            household_id=household_id,
            rum=rum,
            kind=kind,
            state=ACTIVE,
            account=sealer.seal(mandate_id, [account.holder, account.iban, account.bic]),
            last4=account.iban[-4:],
            signed_on=signed_on,
            given_by=by,
            given_at=at,
            used_on=used_on,
            batch=batch,
        )
    )


def withdraw_mandate(write: Write, mandate_id: str, *, after_next: bool, at: datetime) -> None:
    """End a mandate, at once or after one debit more; one that has ended stays as it is."""
    mandate = write.get_one(Mandate, mandate_id, with_for_update=True)
    if mandate.state not in IN_FORCE:
        return
    if after_next and mandate.state == ACTIVE:
        mandate.state = ENDING
    else:
        mandate.state, mandate.ended_at = WITHDRAWN, at


def end_mandates_of_former_payers(
    write: Write,
    household_id: str,
    payers: Collection[str],
    deceased: Collection[str],
    at: datetime,
) -> None:
    """
    End a household's mandates given by who pays there no longer: that account is debited no more.

    The household is notified, but not of a mandate of who died (decision 0081).
    """
    ended = (
        Mandate.household_id == household_id,
        Mandate.given_by.not_in(sorted(payers)),
        Mandate.state.in_(IN_FORCE),
    )
    for mandate in write.scalars(select(Mandate).where(*ended).with_for_update()):
        mandate.state, mandate.ended_at = WITHDRAWN, at
        if mandate.given_by not in deceased:
            key, detail = f"mandate_ended:{mandate.id}", {"last4": mandate.last4}
            notify_unless_on_hold(
                write, mandate.provider, household_id, key, "mandate_ended", detail, at
            )
