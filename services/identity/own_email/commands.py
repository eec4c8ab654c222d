"""
Another e-mail address: asked for, proven with the code that was sent to it, or stopped.

Nothing serves before it is proven: the address is no login and gets no other letter. It is proven
in a session of the person, so that whoever reads a mistyped address gains nothing by the letter.
"""

from datetime import datetime, timedelta
from secrets import compare_digest

from sqlalchemy import delete

from services.identity import mail
from services.identity.accounts import queries
from services.identity.accounts.queries import proven_address_of_person
from services.identity.accounts.rules import account_kinds, sign_in_delays
from services.identity.agents.commands import agents
from services.identity.mail.password_and_address_texts import (
    EMAIL_ASKED,
    EMAIL_CHANGED,
    EMAIL_CODE,
    EMAIL_TAKEN,
)
from services.identity.models import Account, CounterCode, EmailChange
from services.identity.openid.commands import unlink_account
from services.identity.own_email.queries.unproven_addresses import email_change_by_key
from services.identity.sessions.commands import signing_in
from services.identity.sessions.commands.counted_tries import lock_row_of_tries
from shared.contracts.errors import Refusal
from shared.contracts.identity.own_account.email import EmailCodeUnknown
from shared.contracts.identity.sign_ins import TooManyTries
from shared.database import Write
from shared.person.secret_codes import digest_of_code, new_code
from shared.runtime.ids import new_id

GOOD_FOR = A_DAY = timedelta(days=1)
MOST_TRIES = 5
NEW_PASSWORD_WITHIN = timedelta(hours=2)
MOST_ASKED, MOST_LETTERS = 5, 3
"""Changes that one account may ask for in a day, and letters that one address gets by them."""


def ask_for_email(write: Write, account: Account, email: str, at: datetime) -> None:
    """
    Send a code to an address, and notify the one of before; an earlier change of the account ends.

    An address that is another family's login gets a letter that says so, and no code: what is
    done, stored and answered is the same. Raises TooManyTries for the account alone.
    """
    if not _count_turn_unless_none_is_left(write, "email_change", account.subject, at, MOST_ASKED):
        raise TooManyTries(wait_seconds=int(GOOD_FOR.total_seconds()))
    address, code, key = account_kinds.fold_login(email), new_code(2), new_code()
    end_email_change(write, account.subject)
    taken = account.kind == account_kinds.FAMILY and bool(
        queries.account_by_login(write, account_kinds.FAMILY, address)
    )
    write.add(
        EmailChange(
            subject=account.subject,
            address=address,
            digest=digest_of_code(new_code() if taken else code),
            stop_digest=digest_of_code(key),
            tries=0,
            expires_at=at + GOOD_FOR,
        )
    )
    once = new_id()
    if _count_turn_unless_none_is_left(write, "email_letter", address, at, MOST_LETTERS):
        if taken:
            mail.queue_email(write, address, EMAIL_TAKEN, f"{EMAIL_TAKEN}|{once}")
        else:
            mail.queue_email(write, address, EMAIL_CODE, f"{EMAIL_CODE}|{once}", code=code)
    former = proven_address_of_person(account)
    if former:
        mail.queue_email(write, former, EMAIL_ASKED, f"{EMAIL_ASKED}|{once}", stop=key)


def count_try_of_email_code(write: Write, subject: str, code: str, at: datetime) -> Refusal | None:
    """
    Count a try of the code; return the refusal, where it does not fit.

    In a transaction that ends whatever the answer is, so that no try is free.
    """
    change = write.get(EmailChange, subject, with_for_update=True)
    if change is None or change.expires_at <= at or change.tries >= MOST_TRIES:
        return EmailCodeUnknown()
    change.tries += 1
    fits = compare_digest(change.digest, digest_of_code(code))
    return None if fits else EmailCodeUnknown()


def take_proven_email(write: Write, account: Account, code: str, at: datetime) -> None:
    """
    Let the proven address of a locked account serve; raises EmailCodeUnknown.

    Codes that wait in the mailbox of before are void, and that address is notified.
    """
    subject = account.subject
    change = write.get(EmailChange, subject, with_for_update=True)
    if change is None or change.expires_at <= at or change.digest != digest_of_code(code):
        raise EmailCodeUnknown
    address, former = change.address, proven_address_of_person(account)
    if account.kind == account_kinds.AGENT:
        account.email = address
    elif queries.account_by_login(write, account_kinds.FAMILY, address) is not None:
        raise EmailCodeUnknown  # it became somebody's login since the code left
    else:
        account.login = address
    agents.void_invitations(write, subject)
    write.execute(delete(CounterCode).where(CounterCode.family == subject))
    if former:
        mail.queue_email(write, former, EMAIL_CHANGED, f"{EMAIL_CHANGED}|{new_id()}")


def end_email_change(write: Write, subject: str) -> None:
    """End the change that a person has asked for, where there is one."""
    write.execute(delete(EmailChange).where(EmailChange.subject == subject))


def stop_unwanted_email_change(write: Write, key: str, at: datetime) -> tuple[Account, str]:
    """
    Stop a change that its person did not ask for; return the account and a code for a password.

    Whoever asked knew the password and had a session. All sessions end, and a link with an identity
    elsewhere; a family's password does too, and the code lets another be chosen at once. An agent's
    stays, behind the second factor ("" here). Raises EmailCodeUnknown.
    """
    change = email_change_by_key(write, digest_of_code(key), at)
    if change is None:
        raise EmailCodeUnknown
    account = queries.lock_account(write, change.subject)
    if email_change_by_key(write, digest_of_code(key), at) is None:
        raise EmailCodeUnknown
    signing_in.end_sessions(write, account, at)
    signing_in.refuse_issued_tokens(write, account, at)
    unlink_account(write, account.subject)
    if account.kind == account_kinds.AGENT:
        return account, ""
    account.password_hash = None
    code, _ = agents.create_invitation(write, account, at, good_for=NEW_PASSWORD_WITHIN)
    return account, code


def delete_expired_changes(write: Write, at: datetime) -> None:
    """Delete the changes whose codes are good no more."""
    write.execute(delete(EmailChange).where(EmailChange.expires_at <= at))


def _count_turn_unless_none_is_left(
    write: Write, what: str, of: str, at: datetime, most: int
) -> bool:
    """Count a turn of the last 24 hours and say whether it was left; a refused one is free."""
    digest = sign_in_delays.digest_of_counted_tries(what, of)
    row = lock_row_of_tries(write, digest, at)
    lately = [moment for moment in row.recent if moment > (at - A_DAY).timestamp()]
    if len(lately) >= most:
        return False
    row.recent = [*lately, at.timestamp()]
    return True
