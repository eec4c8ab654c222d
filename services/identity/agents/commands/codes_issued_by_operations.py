"""
Codes issued by operations, when no administrator of the office can issue one.

An administrator lost telephone or password, or has left and a successor takes over. Who asked, and
why, is stored in an append-only table, and the DPOs are informed by email.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from services.identity import mail
from services.identity.accounts import queries
from services.identity.accounts.rules import account_kinds
from services.identity.accounts.rules.dated_rights import ADMINISTRATOR, Period, Right
from services.identity.agents.commands import agents, rights_awaiting_holder
from services.identity.agents.queries.rights_awaiting_holder import has_undecided_offer
from services.identity.mail.texts import CODE_BY_TOWN, SUCCESSOR
from services.identity.models import Account, CodeByTown
from services.identity.sessions.commands import signing_in
from shared.contracts.errors import BadRequest, NotFound
from shared.contracts.identity.codes_issued_by_operations import OthersCanHelp
from shared.database import Write
from shared.register import Office, Snapshot
from shared.runtime.ids import new_id


@dataclass(frozen=True, slots=True)
class Given:
    """A code to hand over, and the addresses of the DPOs who are informed."""

    account: Account
    code: str
    expires_at: datetime
    notified: list[str]


@dataclass(frozen=True, slots=True)
class Succession:
    """A new administrator, whose code is "" where none is due, and the account that was left."""

    account: Account
    former: Account
    code: str
    expires_at: datetime | None
    notified: list[str]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of operations: the office, who asked and why, and the time."""

    office: Office
    asked_by: str
    reason: str
    despite_others: bool
    at: datetime
    day: date


def reinvite_administrator(write: Write, login: str, asked: Asked, register: Snapshot) -> Given:
    """
    Close the account of an administrator and invite anew; write down who asked, and notify the
    DPOs.

    Who has not said yes to the office yet gets another code, and no account is closed. Raises
    NotFound for whom the office does not have as an administrator that day, and OthersCanHelp with
    the names of those who could sign in and give the code themselves, unless despite them.
    """
    account, others = _lock_administrator(write, login, asked)
    renewed = rights_awaiting_holder.renew_offer(
        write, account, asked.office.code, ADMINISTRATOR, asked.at
    )
    code, expires_at = renewed or agents.close_account_and_invite(write, account, asked.at)
    row = _note_code_asked_by_town(write, account, asked, others)
    notified = _email_data_protection_officers(
        write, row, CODE_BY_TOWN, asked, register, [account.subject]
    )
    return Given(account, code, expires_at, notified)


def replace_administrator(
    write: Write, login: str, to: tuple[str, str], asked: Asked, register: Snapshot
) -> Succession:
    """
    Let somebody administer an office from today, in place of an administrator who has left it.

    `to` is the login and the name of the successor. Whoever leaves loses every right at that office
    at once, and where there is none elsewhere the whole access; what was offered and not accepted
    yet is taken back. Raises as `reinvite_administrator`, and BadRequest where both are one.
    """
    if account_kinds.fold_login(login) == account_kinds.fold_login(to[0]):
        raise BadRequest(errors={"login": ["Ce sont deux fois la même personne."]})
    former, others = _lock_administrator(write, login, asked)
    rights_awaiting_holder.withdraw_offer_to_person(
        write, former.subject, asked.office.code, asked.at
    )
    _end_access_at_office(write, former, asked)
    account = agents.find_or_make_account(write, *to, asked.at)
    given = rights_awaiting_holder.give_or_offer_rights(
        write,
        account,
        asked.office,
        to[1],
        [Right(ADMINISTRATOR, Period(asked.day))],
        asked.at,
        asked.day,
        by=None,
    )
    row = _note_code_asked_by_town(write, account, asked, others, in_place_of=former.subject)
    both = [former.subject, account.subject]
    notified = _email_data_protection_officers(write, row, SUCCESSOR, asked, register, both)
    return Succession(account, former, given.code, given.expires_at, notified)


def _lock_administrator(write: Write, login: str, asked: Asked) -> tuple[Account, int]:
    """
    Return an administrator of the office, locked, and how many others could help.

    Also one to whom the office's administration is offered, and who has not said yes yet.
    """
    known = queries.account_by_login(write, account_kinds.AGENT, account_kinds.fold_login(login))
    if known is None:
        raise NotFound(login=login)
    administrators = queries.administrators_on_day(write, asked.office.code, asked.day)
    locked = queries.lock_accounts(write, {known.subject} | administrators)
    account = locked.pop(known.subject)
    office = asked.office.code
    administers = queries.has_right_on(write, account.subject, office, asked.day, ADMINISTRATOR)
    waits = has_undecided_offer(write, account.subject, office, ADMINISTRATOR)
    if not (administers or waits):
        raise NotFound(login=login)
    others = [
        other
        for other in locked.values()
        if other.active and not agents.is_account_unused(other, asked.at)
    ]
    if others and not asked.despite_others:
        raise OthersCanHelp(administrators=sorted(other.name for other in others))
    return account, len(others)


def _end_access_at_office(write: Write, account: Account, asked: Asked) -> None:
    """End a person's rights at the office, and the access where that was all it opened."""
    agents.end_rights(write, account.subject, asked.office.code, asked.at, asked.day)
    if _offices_open_to(write, account.subject, asked.day):
        signing_in.end_sessions(write, account, asked.at, asked.office.principal)
        signing_in.refuse_issued_tokens(write, account, asked.at)
    else:
        agents.close_account(write, account, asked.at)


def _note_code_asked_by_town(
    write: Write, account: Account, asked: Asked, others: int, in_place_of: str | None = None
) -> CodeByTown:
    row = CodeByTown(
        id=new_id(),
        subject=account.subject,
        office=asked.office.code,
        asked_by=asked.asked_by,
        reason=asked.reason,
        others=others,
        in_place_of=in_place_of,
        at=asked.at,
    )
    write.add(row)
    return row


def _email_data_protection_officers(
    write: Write,
    row: CodeByTown,
    template: str,
    asked: Asked,
    register: Snapshot,
    subjects: Iterable[str],
) -> list[str]:
    """Queue an email to the DPOs of the town and of every office that these accounts open."""
    concerned = {asked.office.code}
    for subject in subjects:
        concerned |= _offices_open_to(write, subject, asked.day)
    dpos = {
        treatment["dpo"]
        for treatment in register.treatments
        if treatment.get("provider") in {None, *concerned}
    }
    office = asked.office.label
    posted = {
        address: mail.queue_email(
            write, address, template, f"{template}|{row.id}|{number}", office=office
        )
        for number, address in enumerate(sorted(dpos))
    }
    return [address for address, leaves in posted.items() if leaves]


def _offices_open_to(read: Session, subject: str, day: date) -> set[str]:
    """Return the offices where a person has a right that day, or will have."""
    rights = queries.rights_of_person(read, subject)
    return {r.provider for r in rights if r.active and not queries.period_of_right(r).is_past(day)}
