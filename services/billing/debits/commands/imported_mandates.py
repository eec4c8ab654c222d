"""Mandates that families signed for another software: they go on under their old references."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import delete, exists, select

from services.billing.debits.commands.mandates import regie_that_debits, store_mandate
from services.billing.debits.queries.mandates import mandates_in_force
from services.billing.debits.rules.bank_accounts import Account, parse_account
from services.billing.debits.rules.sequences import allows_debit
from services.billing.ledger.commands.locks import lock_cards
from services.billing.models import Debit, HouseholdGuardian, Mandate
from shared.contracts.billing.debits import (
    ACTIVE,
    NOT_OFFERED,
    OTHER_MANDATE,
    RECURRENT,
    RUM_TAKEN,
    UNKNOWN_PAYER,
    VOID,
    WRONG_ACCOUNT,
    DebitNotOffered,
    ImportedMandate,
    ImportMandatesAnswer,
    RefusedMandate,
    UndoMandatesAnswer,
)
from shared.contracts.errors import BadRequest
from shared.database import Write
from shared.database.chunks import ordered_chunks
from shared.database.keys.sealing import Sealer
from shared.dates.clock import PARIS
from shared.register import Provider, Regie

SAME = "same"


def import_mandates(
    write: Write,
    provider: Provider,
    batch: str,
    rows: Sequence[ImportedMandate],
    sealer: Sealer,
    at: datetime,
) -> ImportMandatesAnswer:
    """Store mandates of a batch, each once; what is refused keeps no other back."""
    try:
        regie = regie_that_debits(provider)
    except DebitNotOffered:
        return ImportMandatesAnswer(0, 0, [_refused_mandate(row, NOT_OFFERED) for row in rows])
    lock_cards(write, provider.code, {row["household_id"] for row in rows})
    payers = _payers_by_household(write, {row["household_id"] for row in rows})
    refused, outcomes = [], []
    for row in rows:
        outcome = _import_mandate(write, provider, regie, batch, row, payers, sealer, at)
        outcomes.append(outcome)
        if outcome not in ("", SAME):
            refused.append(_refused_mandate(row, outcome))
    return ImportMandatesAnswer(outcomes.count(""), outcomes.count(SAME), refused)


def undo_imported_mandates(write: Write, batch: str) -> UndoMandatesAnswer:
    """
    Delete the mandates of a batch that are as they came, and never used here.

    Locked first, then looked at: a run that is just being ordered uses some of them.
    """
    rows = select(Mandate.id).where(Mandate.batch == batch)
    locked = write.scalars(rows.order_by(Mandate.id).with_for_update()).all()
    used = exists().where(Debit.mandate_id == Mandate.id)
    untouched = write.scalars(rows.where(Mandate.state == ACTIVE, ~used)).all()
    for chunk in ordered_chunks(untouched):
        write.execute(delete(Mandate).where(Mandate.id.in_(chunk)))
    return UndoMandatesAnswer(len(untouched), len(locked) - len(untouched))


def _import_mandate(
    write: Write,
    provider: Provider,
    regie: Regie,
    batch: str,
    row: ImportedMandate,
    payers: Mapping[str, Collection[str]],
    sealer: Sealer,
    at: datetime,
) -> str:
    """Store a mandate; return why it is not new, or ""."""
    if row["given_by"] not in payers.get(row["household_id"], ()):
        return UNKNOWN_PAYER
    try:
        account = parse_account(row["holder"], row["iban"], row["bic"])
    except BadRequest:
        return WRONG_ACCOUNT
    known = write.scalar(
        select(Mandate).where(Mandate.regie == regie.code, Mandate.rum == row["rum"])
    )
    if known is not None:
        return SAME if _is_same_mandate(known, row, account, sealer) else RUM_TAKEN
    others = mandates_in_force(write, row["household_id"])
    if any(mandate.regie == regie.code for mandate in others):
        return OTHER_MANDATE
    today = at.astimezone(PARIS).date()
    if not _is_good_on(row, today):
        return VOID
    store_mandate(
        write,
        provider,
        regie,
        row["household_id"],
        row["rum"],
        RECURRENT,
        account,
        sealer,
        signed_on=row["signed_on"],
        by=row["given_by"],
        at=at,
        used_on=row["used_on"],
        batch=batch,
    )
    write.flush()
    return ""


def _is_same_mandate(
    known: Mandate, row: ImportedMandate, account: Account, sealer: Sealer
) -> bool:
    """Say whether a reference came before for this household and account, and is in force."""
    of_account = sealer.open(known.id, known.account)[1] == account.iban
    return known.household_id == row["household_id"] and known.ended_at is None and of_account


def _is_good_on(row: ImportedMandate, day: date) -> bool:
    last = max(row["signed_on"], row["used_on"] or row["signed_on"])
    return last <= day and allows_debit(RECURRENT, ACTIVE, row["signed_on"], row["used_on"], day)


def _payers_by_household(
    write: Write, household_ids: Collection[str]
) -> Mapping[str, Collection[str]]:
    found: dict[str, set[str]] = {}
    for chunk in ordered_chunks(household_ids):
        rows = select(HouseholdGuardian.household_id, HouseholdGuardian.subject).where(
            HouseholdGuardian.household_id.in_(chunk)
        )
        for household_id, subject in write.execute(rows):
            found.setdefault(household_id, set()).add(subject)
    return found


def _refused_mandate(row: ImportedMandate, why: str) -> RefusedMandate:
    return RefusedMandate(rum=row["rum"], why=why)
