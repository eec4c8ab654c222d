"""One-time and recovery codes of a family, and what becomes of all factors together."""

from datetime import datetime

from sqlalchemy import delete, select, update

from services.identity.accounts.rules import second_factor
from services.identity.models import Account, KnownDevice, Passkey, RecoveryCode
from services.identity.second_factors.commands import change_record
from services.identity.second_factors.queries import second_factor_kinds_of
from services.identity.second_factors.rules.recovery_codes import (
    digest_of_recovery_code,
    make_recovery_codes,
)
from shared.contracts.identity.own_account.second_factors import RECOVERY_USED
from shared.contracts.identity.sign_ins import WrongCredentials
from shared.database import Write


def accept_typed_code(
    write: Write, account: Account, totp: str | None, code: str, place: str, at: datetime
) -> None:
    """Accept a one-time code once, or use a recovery code up; raises WrongCredentials."""
    step = second_factor.accepted_step(totp, code, at, account.totp_step) if totp else None
    if step is not None:
        account.totp_step = step
        return
    used = delete(RecoveryCode).where(
        RecoveryCode.digest == digest_of_recovery_code(account.subject, code),
        RecoveryCode.subject == account.subject,
    )
    if write.scalar(used.returning(RecoveryCode.subject)) is None:
        raise WrongCredentials
    change_record.note_change_by_person(write, account.subject, RECOVERY_USED, place, at)


def start_codes(account: Account, sealed: bytes, totp: str, code: str, at: datetime) -> None:
    """Ask for one-time codes from now on; raises WrongCredentials unless this is one of them."""
    step = second_factor.accepted_step(totp, code, at, 0)
    if step is None:
        raise WrongCredentials
    account.totp_sealed, account.totp_step, account.totp_since = sealed, step, at


def stop_codes(account: Account) -> None:
    """Ask for one-time codes no more."""
    account.totp_sealed, account.totp_step, account.totp_since = None, 0, None


def make_missing_recovery_codes(write: Write, subject: str) -> list[str]:
    """Return new recovery codes for a person who has none; [] where some are still good."""
    left = write.scalar(select(RecoveryCode.digest).where(RecoveryCode.subject == subject).limit(1))
    return [] if left else make_recovery_codes_anew(write, subject)


def make_recovery_codes_anew(write: Write, subject: str) -> list[str]:
    """Return new recovery codes; the former are void."""
    write.execute(delete(RecoveryCode).where(RecoveryCode.subject == subject))
    codes = make_recovery_codes()
    write.add_all(
        RecoveryCode(digest=digest_of_recovery_code(subject, code), subject=subject)
        for code in codes
    )
    return codes


def void_codes_without_factors(write: Write, account: Account) -> None:
    """Void recovery codes and trust in devices where no factor is left that they stand for."""
    write.flush()
    if not second_factor_kinds_of(write, account):
        write.execute(delete(RecoveryCode).where(RecoveryCode.subject == account.subject))
        forget_trusted_browsers(write, account.subject)


def remove_factors(write: Write, account: Account) -> bool:
    """Remove all that a person has enrolled; return whether there was anything."""
    had_some = bool(second_factor_kinds_of(write, account))
    write.execute(delete(Passkey).where(Passkey.subject == account.subject))
    stop_codes(account)
    void_codes_without_factors(write, account)
    return had_some


def forget_trusted_browsers(write: Write, subject: str) -> None:
    """Have every browser of a person asked again."""
    theirs = update(KnownDevice).where(KnownDevice.subject == subject)
    write.execute(theirs.values(trusted_until=None))
