"""A new code at the town's word, for an administrator whom nobody else at the office could help."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.identity import accounts, agents, mail, queries
from services.identity.dated_rights import ADMINISTRATOR
from services.identity.mail.wording import CODE_BY_TOWN
from services.identity.models import Account, CodeByTown
from shared.contracts.errors import NotFound
from shared.contracts.identity import OthersCanHelp
from shared.database import Write
from shared.ids import new_id
from shared.register import Office, Snapshot

SHOWN_FOR = timedelta(days=90)
"""How long administrators read of it on the page of agents; the DPO reads all of them."""


@dataclass(frozen=True, slots=True)
class Given:
    """A code to hand over, and the addresses of the DPOs who are told."""

    account: Account
    code: str
    expires_at: datetime
    told: list[str]


def give(
    write: Write,
    office: Office,
    login: str,
    asked: Any,
    register: Snapshot,
    at: datetime,
    day: date,
) -> Given:
    """
    Close the account of an administrator and invite anew; write down who asked, and tell the DPOs.

    `asked` has `asked_by`, `reason` and `despite_others`. Raises NotFound for whom the office does
    not have as an administrator that day, and OthersCanHelp with the names of those who could sign
    in and give the code themselves, unless despite them.
    """
    known = queries.account_by_login(write, accounts.AGENT, accounts.folded(login))
    if known is None:
        raise NotFound(login=login)
    there = queries.administrators_on(write, office.code, day)
    held = queries.locked_accounts(write, {known.subject} | there)
    account = held.pop(known.subject)
    if not queries.has_right_on(write, account.subject, office.code, day, ADMINISTRATOR):
        raise NotFound(login=login)
    others = [each for each in held.values() if each.active and not agents.asleep(each, at)]
    if others and not asked.despite_others:
        raise OthersCanHelp(administrators=sorted(each.name for each in others))
    code, expires_at = agents.close_and_invite(write, account, at)
    row = CodeByTown(
        id=new_id(),
        subject=account.subject,
        office=office.code,
        asked_by=asked.asked_by,
        reason=asked.reason,
        others=len(others),
        at=at,
    )
    write.add(row)
    return Given(account, code, expires_at, _tell(write, row, office, register, day))


def given_lately(read: Session, subjects: Iterable[str], at: datetime) -> dict[str, Any]:
    """Return by person the last such code of the last weeks, as administrators read it."""
    rows = select(CodeByTown).where(
        CodeByTown.subject.in_(list(subjects)), CodeByTown.at > at - SHOWN_FOR
    )
    return {
        row.subject: {"at": row.at.isoformat(), "by": row.asked_by, "reason": row.reason}
        for row in read.scalars(rows.order_by(CodeByTown.at))
    }


def all_given(read: Session) -> list[dict[str, Any]]:
    """Return every such code, oldest first, as the DPO reads it."""
    rows = select(CodeByTown, Account).join(Account).order_by(CodeByTown.at, CodeByTown.id)
    return [
        {
            "at": row.at,
            "office": row.office,
            "login": account.login,
            "name": account.name,
            "asked_by": row.asked_by,
            "reason": row.reason,
            "others": row.others,
        }
        for row, account in read.execute(rows)
    ]


def _tell(
    write: Write, row: CodeByTown, office: Office, register: Snapshot, day: date
) -> list[str]:
    """Post a letter to the DPOs of the town and of every office that the account opens."""
    rights = queries.rights_of(write, row.subject)
    opened = {r.provider for r in rights if r.stands and not queries.period_of(r).is_past(day)}
    concerned = {office.code, *opened}
    dpos = {
        each["dpo"] for each in register.treatments if each.get("provider") in {None, *concerned}
    }
    posted = {
        address: mail.post(
            write, address, CODE_BY_TOWN, f"{CODE_BY_TOWN}|{row.id}|{number}", office=office.label
        )
        for number, address in enumerate(sorted(dpos))
    }
    return [address for address, leaves in posted.items() if leaves]
