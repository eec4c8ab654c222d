"""Ready accounts for a town of demonstration: what `preau demo` opens in place of invitations."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from services.identity.accounts.rules import account_kinds
from services.identity.agents.queries.demo_accounts_not_open import demo_accounts_not_open
from services.identity.models import TOTP_PLACE, Account, DatedRight
from shared.contracts.identity.accounts import ReadyAccount, ReadyRight
from shared.database import Vault, Write
from shared.runtime.ids import new_id


def open_demo_accounts(
    write: Write,
    fresh: Sequence[ReadyAccount],
    hashes: Mapping[str, str],
    vault: Vault,
    at: datetime,
    day: date,
) -> list[Account]:
    """Open the accounts, in use from now on; a password's hash is shared where the password is."""
    opened = []
    for ready in demo_accounts_not_open(write, fresh):
        account = _make_demo_account(ready, hashes[ready["password"]], vault, at)
        write.add(account)
        write.flush()
        write.add_all(
            _make_demo_right(account.subject, right, at, day) for right in ready["rights"]
        )
        opened.append(account)
    return opened


def _make_demo_account(ready: ReadyAccount, hashed: str, vault: Vault, at: datetime) -> Account:
    secret = ready["totp_secret"]
    return Account(
        subject=ready["subject"],
        kind=ready["kind"],
        login=account_kinds.fold_login(ready["login"]),
        name=ready["name"].strip(),
        version=0,
        not_before=at,
        active=True,
        password_hash=hashed,
        totp_sealed=vault.seal(ready["subject"], TOTP_PLACE, secret) if secret else None,
        totp_step=0,
        opened_at=at,
    )


def _make_demo_right(subject: str, right: ReadyRight, at: datetime, day: date) -> DatedRight:
    return DatedRight(
        id=new_id(),
        subject=subject,
        provider=right["provider"],
        role=right["role"],
        place=right["place"],
        valid_from=day,
        active=True,
        granted_at=at,
        granted_by=subject,  # not by the town file, which names first administrators alone
    )
