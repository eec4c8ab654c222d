"""Ready accounts for a town of demonstration: what `preau demo` opens in place of invitations."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.identity.accounts.rules import accounts, passwords, second_factor
from services.identity.accounts.rules.dated_rights import ADMINISTRATOR
from services.identity.models import TOTP_PLACE, Account, DatedRight
from shared.contracts.errors import BadRequest
from shared.contracts.identity import WeakPassword
from shared.database import Vault, Write
from shared.register import ProviderNotFound, Register
from shared.runtime.ids import new_id

Wanted = dict[str, Any]


def require_sound(wanted: Sequence[Wanted], register: Register) -> None:
    """Raise BadRequest or WeakPassword for an account that could not be used."""
    for account in wanted:
        kind = account["kind"]
        if kind == accounts.AGENT and not second_factor.is_secret(account["totp_secret"]):
            raise BadRequest(errors={"totp_secret": ["Un agent a besoin d’un second facteur."]})
        if kind == accounts.FAMILY and (account["rights"] or account["totp_secret"]):
            raise BadRequest(errors={"kind": ["Une famille n’a ni droit ni second facteur."]})
        if passwords.too_weak(account["password"], kind, accounts.folded(account["login"])):
            raise WeakPassword(least=passwords.LEAST[kind])
        for right in account["rights"]:
            _require_role(register, right["provider"], right["role"])


def unknown(read: Session, wanted: Sequence[Wanted]) -> list[Wanted]:
    """Return those whose login and subject are new; the others are left as they are."""
    return [account for account in wanted if not _is_known(read, account)]


def open_accounts(
    write: Write,
    fresh: Sequence[Wanted],
    hashes: Mapping[str, str],
    vault: Vault,
    at: datetime,
    day: date,
) -> list[Account]:
    """Open the accounts, in use from now on; a password's hash is shared where the password is."""
    opened = []
    for wanted in unknown(write, fresh):
        account = _account(wanted, hashes[wanted["password"]], vault, at)
        write.add(account)
        write.flush()
        write.add_all(_right(account.subject, right, at, day) for right in wanted["rights"])
        opened.append(account)
    return opened


def _is_known(read: Session, account: Wanted) -> bool:
    same_login = (Account.kind == account["kind"]) & (
        Account.login == accounts.folded(account["login"])
    )
    found = select(Account.subject).where(or_(same_login, Account.subject == account["subject"]))
    return read.scalar(found.limit(1)) is not None


def _account(wanted: Wanted, hashed: str, vault: Vault, at: datetime) -> Account:
    secret = wanted["totp_secret"]
    return Account(
        subject=wanted["subject"],
        kind=wanted["kind"],
        login=accounts.folded(wanted["login"]),
        name=wanted["name"].strip(),
        version=0,
        not_before=at,
        active=True,
        password_hash=hashed,
        totp_sealed=vault.seal(wanted["subject"], TOTP_PLACE, secret) if secret else None,
        totp_step=0,
        opened_at=at,
    )


def _right(subject: str, right: Mapping[str, str], at: datetime, day: date) -> DatedRight:
    return DatedRight(
        id=new_id(),
        subject=subject,
        provider=right["provider"],
        role=right["role"],
        valid_from=day,
        stands=True,
        granted_at=at,
        granted_by=subject,  # not by the town file, which names first administrators alone
    )


def _require_role(register: Register, provider: str, role: str) -> None:
    try:
        known = register.office(provider).role(role)
    except ProviderNotFound:
        raise BadRequest(errors={"rights": ["Ce service n’existe pas."]}) from None
    if known is None and role != ADMINISTRATOR:
        raise BadRequest(errors={"rights": ["Ce service n’a pas de fonction de ce nom."]})
