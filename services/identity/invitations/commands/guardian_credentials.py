"""
Credentials of one guardian, requested at the central desk.

They belong to a person, never to a family: each guardian has an account of their own, whose subject
is the guardian of the dossier.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from services.identity.accounts import queries
from services.identity.accounts.rules import account_kinds
from services.identity.agents.commands import agents
from services.identity.mail import queue_email
from services.identity.mail.password_and_address_texts import EMAIL_CHANGED, SPACE_CLOSED
from services.identity.mail.texts import ACCESS_OFFERED, ACTIVATION, DRAFT, DRAFT_CHANGED
from services.identity.models import Account, CorrectedGuardian, CounterCode, LetterLot
from services.identity.openid.commands import unlink_account
from services.identity.own_email.commands import end_email_change
from services.identity.second_factors.commands import factors
from services.identity.sessions.commands import signing_in
from shared.contracts.dossier.families.household_adults import GuardianCorrected, GuardianForgotten
from shared.contracts.dossier.families.trusted_person_accesses import AccessGranted
from shared.contracts.errors import NotFound
from shared.contracts.identity.invitations import LETTER_DAYS, AlreadyInvited, LoginTaken
from shared.database import Write
from shared.person.secret_codes import new_code, normalise_code
from shared.runtime.ids import new_id
from shared.text import folded

BY_LETTER_FOR = timedelta(days=LETTER_DAYS)
CLOSED_NAME = "Compte fermé"


def find_or_make_account(
    write: Write, subject: str, name: str, email: str, at: datetime
) -> Account:
    """
    Return a guardian's account, locked; a new one is inactive until its invitation is used.

    Its login is the address or, without one, a name with two groups of a code. Raises
    LoginTaken for another person's address, NotFound for the subject of an agent.
    """
    known = write.get(Account, subject)
    if known is not None:
        if known.kind != account_kinds.FAMILY:
            raise NotFound(subject=subject)
        return queries.lock_account(write, subject)
    login = account_kinds.fold_login(email) if email else make_login_without_address(name)
    fresh = write.upsert_into(Account).values(
        subject=subject,
        kind=account_kinds.FAMILY,
        login=login,
        name=name.strip(),
        version=0,
        not_before=at,
        active=False,
        totp_step=0,
    )
    write.execute(fresh.on_conflict_do_nothing())
    if write.get(Account, subject) is None:
        raise LoginTaken
    return queries.lock_account(write, subject)


def make_login_without_address(name: str) -> str:
    """Return a login for a guardian without an address: a name that can be typed, and a code."""
    words = "".join(sign if sign.isascii() else " " for sign in folded(name)).split()
    return ".".join([*words[:2], normalise_code(new_code(1))])[:64]


def replace_wrong_login(write: Write, account: Account, at: datetime) -> None:
    """
    Give an account another login in place of an address that is not its person's.

    Whoever reads that mailbox may have opened the account, or could by a forgotten password: all
    that opens it ends, what was enrolled since too. Of an account in use the mailbox is told, for
    the day on which it was the right one and who stood at the counter was not.
    """
    if "@" not in account.login:
        return
    if account.active:
        queue_email(write, account.login, EMAIL_CHANGED, f"{EMAIL_CHANGED}|{new_id()}")
    _close_under_other_login(write, account, make_login_without_address(account.name), at)


def close_forgotten_account(write: Write, event: GuardianForgotten, at: datetime) -> Account | None:
    """
    Close the account of a guardian of whom nothing is kept; None where there is none, or no more.

    Neither name nor address stays, so that who comes back has an account with the same address. An
    e-mail says so, but to who lost a child (rule R10).
    """
    subject = event.guardian_id
    account = queries.lock_accounts(write, [subject]).get(subject)
    if account is None or account.kind != account_kinds.FAMILY or account.login == subject:
        return None
    if account.active and "@" in account.login and not event.quiet:
        queue_email(write, account.login, SPACE_CLOSED, f"{SPACE_CLOSED}|{subject}")
    account.name = CLOSED_NAME
    _close_under_other_login(write, account, subject, at)
    return account


def _close_under_other_login(write: Write, account: Account, login: str, at: datetime) -> None:
    """End all that opens an account, also by what is on its way to its mailbox."""
    account.login = login
    factors.remove_factors(write, account)
    end_email_change(write, account.subject)
    write.execute(delete(CounterCode).where(CounterCode.family == account.subject))
    agents.close_account(write, account, at)


def invite_guardian(
    write: Write, account: Account, email: str, at: datetime
) -> tuple[str, datetime]:
    """
    Invite a guardian to choose a password; return the code to hand over and its expiry.

    With an address, the code is sent by email and the returned code is "". For an account in use
    the email goes to the account's own address, so that another address cannot take it over.
    """
    _move_not_before_of_unused(account, at)
    code, expires_at = agents.create_invitation(write, account, at)
    if not email:
        return code, expires_at
    own = account.login if account.active and "@" in account.login else email
    queue_email(write, own, ACTIVATION, f"invite:{new_id()}", code=code)
    return "", expires_at


def invite_guardians_by_letter(
    write: Write,
    people: Mapping[str, str],
    at: datetime,
    *,
    by: str,
    again: bool = False,
    in_place_of: str | None = None,
) -> dict[str, tuple[Account, str, datetime]]:
    """
    Invite guardians by id and name for letters on paper; return accounts, codes and their ends.

    Raises AlreadyInvited for an account in use, and for a code that is good still unless `again`,
    or unless it is of the lot `in_place_of` which these are made: two agents who print the same
    letters at once void none that lies in its envelope, nor one that was handed over meanwhile.
    """
    made, lot = {}, LetterLot(id=new_id(), printed_at=at, printed_by=by)
    write.add(lot)
    write.flush()
    for guardian_id in sorted(people):
        account = find_or_make_account(write, guardian_id, people[guardian_id], "", at)
        in_hand = queries.usable_invitation(write, guardian_id, at)
        may_go = again or in_hand is None or (in_place_of and in_hand.lot == in_place_of)
        if account.active or not may_go:
            raise AlreadyInvited(guardian_id=guardian_id)
        _move_not_before_of_unused(account, at)
        code = agents.create_invitation(write, account, at, good_for=BY_LETTER_FOR, lot=lot.id)
        made[guardian_id] = account, *code
    return made


def void_codes(write: Write, subject: str) -> None:
    """Void the codes of a guardian whose import was undone; an account in use stays."""
    account = queries.lock_accounts(write, [subject]).get(subject)
    if account is not None and account.kind == account_kinds.FAMILY and not account.active:
        agents.void_invitations(write, subject)


def invite_access_holder(write: Write, event: AccessGranted, at: datetime) -> tuple[Account, bool]:
    """
    Return the account under which an access is offered, made where there is none; and write there.

    One in use gets an email that something was offered; one that is not yet, a code to begin with.
    """
    login = account_kinds.fold_login(event.address)
    known = select(Account).where(Account.kind == account_kinds.FAMILY, Account.login == login)
    account = write.scalar(known)
    if account is not None and account.active:
        queue_email(write, event.address, ACCESS_OFFERED, f"access:{event.access_id}")
        return account, False
    subject = account.subject if account is not None else new_id()
    account = find_or_make_account(write, subject, event.name, event.address, at)
    invite_guardian(write, account, event.address, at)
    return account, True


def correct_name_of_account(write: Write, event: GuardianCorrected, at: datetime) -> Account | None:
    """
    Give a guardian's account its new name; None where there is none, or a later one came already.

    Of one who died every session, code and token ends: nobody signs in, and no email leaves. A
    death noted by mistake opens nothing by itself: the person needs a new code.
    """
    account = queries.lock_accounts(write, [event.guardian_id]).get(event.guardian_id)
    row = write.get(CorrectedGuardian, event.guardian_id, with_for_update=True)
    if row is None:
        row = CorrectedGuardian(subject=event.guardian_id, version=0)
        write.add(row)
    if event.version <= row.version:
        return None
    row.version, row.died = event.version, event.died
    if account is None or account.kind != account_kinds.FAMILY:
        return None
    account.name = event.name
    if event.died:
        agents.void_invitations(write, account.subject)
        unlink_account(write, account.subject)
        signing_in.end_sessions(write, account, at)
        signing_in.refuse_issued_tokens(write, account, at)
        account.active = False
    return account


def void_letter_code(
    write: Write, subject: str, returned_at: datetime, at: datetime
) -> Account | None:
    """
    Void the code of a letter that was printed before it came back; None where there is none.

    A code that was handed over at the desk stays, and so does an account in use. Subscribers treat
    the account as one whose code expired: a letter may be printed anew.
    """
    account = queries.lock_accounts(write, [subject]).get(subject)
    in_hand = queries.usable_invitation(write, subject, at)
    lot = write.get(LetterLot, in_hand.lot) if in_hand is not None and in_hand.lot else None
    if account is None or account.active or lot is None or lot.printed_at > returned_at:
        return None
    agents.void_invitations(write, subject)
    account.not_before = min(account.not_before, at - BY_LETTER_FOR)
    return account


def _move_not_before_of_unused(account: Account, at: datetime) -> None:
    """Move `not_before` of an unused account, from which subscribers date its last code."""
    if not account.active:
        account.not_before = max(account.not_before, at)


def send_registration_link(
    write: Write, email_id: str, address: str, reference: str, secret: str
) -> None:
    """Queue an email with the link to a registration, to the address entered in it."""
    queue_email(write, address, DRAFT, f"draft:{email_id}", reference=reference, secret=secret)


def notify_old_registration_address(write: Write, email_id: str, address: str) -> None:
    """Queue an email to an address that no longer reaches a registration."""
    queue_email(write, address, DRAFT_CHANGED, f"draft_changed:{email_id}")
