"""Factors that a person enrolled beside the password, and which of them are asked for."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.identity.accounts.rules.account_kinds import AGENT
from services.identity.models import AccessChange, Account, KnownDevice, Passkey, RecoveryCode
from shared.contracts.identity.own_account.second_factors import (
    CODE,
    MOST_CHANGES,
    MOST_PASSKEYS,
    PASSKEY,
    RECOVERY,
    SecondFactorsAnswer,
)


def second_factor_kinds_of(read: Session, account: Account) -> list[str]:
    """Return by what a person proves itself besides the password; [] where nothing is enrolled."""
    if account.kind == AGENT:
        return [CODE]
    has_passkey = read.scalar(select(Passkey.id).where(Passkey.subject == account.subject).limit(1))
    ways = [PASSKEY] * (has_passkey is not None) + [CODE] * (account.totp_sealed is not None)
    return [*ways, RECOVERY] if ways and _has_recovery_codes(read, account.subject) else ways


def _has_recovery_codes(read: Session, subject: str) -> bool:
    left = select(RecoveryCode.digest).where(RecoveryCode.subject == subject).limit(1)
    return read.scalar(left) is not None


def factor_kinds_asked_at_sign_in(
    read: Session, account: Account, device: str | None, at: datetime
) -> list[str]:
    """Return by what a person goes on after the password; [] on a device that it trusts."""
    known = read.get(KnownDevice, device) if device else None
    if known is not None and known.trusted_until is not None and at < known.trusted_until:
        return []
    return second_factor_kinds_of(read, account)


def passkeys_of_person(read: Session, subject: str) -> list[Passkey]:
    """Return a person's passkeys, the oldest first."""
    theirs = select(Passkey).where(Passkey.subject == subject)
    return list(read.scalars(theirs.order_by(Passkey.added_at, Passkey.id).limit(MOST_PASSKEYS)))


def passkey_by_credential(write: Session, credential: str) -> Passkey | None:
    """Return the passkey of a credential, its row locked until the end of the transaction."""
    query = select(Passkey).where(Passkey.credential == credential)
    return write.scalar(query.with_for_update())


def enrolled_factors(read: Session, account: Account) -> SecondFactorsAnswer:
    """Return a person's factors, and the latest changes of them."""
    left = select(func.count()).where(RecoveryCode.subject == account.subject)
    latest = select(AccessChange).where(AccessChange.subject == account.subject)
    changes = latest.order_by(AccessChange.at.desc(), AccessChange.id.desc()).limit(MOST_CHANGES)
    return SecondFactorsAnswer(
        passkeys=[
            {"id": row.id, "name": row.name, "added_at": row.added_at, "used_at": row.used_at}
            for row in passkeys_of_person(read, account.subject)
        ],
        codes_since=account.totp_since,
        recovery_codes=read.scalar(left) or 0,
        changes=[
            {"what": row.what, "place": row.place, "at": row.at} for row in read.scalars(changes)
        ],
    )
