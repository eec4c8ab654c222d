"""Sign-in, renewal and sign-out: sessions and tokens as stored."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete

from services.identity.accounts import queries
from services.identity.accounts.commands.publishing import publish_subject_changed
from services.identity.accounts.rules import account_kinds, passwords
from services.identity.models import Account, Challenge, EmailChange, SignIn
from services.identity.sessions.commands import known_devices
from services.identity.sessions.commands.sign_in_tries import Door, Taken
from services.identity.sessions.rules import lifetime_and_secrets as sessions
from services.identity.store import store
from shared.contracts.errors import NotEntitled, NotSignedIn
from shared.contracts.identity.sign_ins import WrongCredentials
from shared.database import Write
from shared.dates.clock import CLOCKS_DIFFER, PARIS


@dataclass(frozen=True, slots=True)
class Known:
    """The account of a login and its password hash; a hash of no password if it may not sign in."""

    subject: str | None
    password_hash: str
    totp_sealed: bytes | None = None


def look_up_login_to_compare(write: Write, door: Door) -> Known:
    """Look the login up; an unknown, closed or unused one goes on to the same comparison."""
    account = queries.account_by_login(write, door.kind, door.login)
    if account is None or not account.active or account.password_hash is None:
        return Known(None, passwords.hash_of_no_password())
    return Known(account.subject, account.password_hash, account.totp_sealed)


def lock_unchanged_account(write: Write, known: Known) -> Account:
    """Return the account, held, unless it was closed or its password changed during the hashing."""
    account = queries.lock_accounts(write, [known.subject or ""]).get(known.subject or "")
    if account is None or not account.active or account.password_hash != known.password_hash:
        raise WrongCredentials
    return account


def remember_new_device(
    write: Write, door: Door, taken: Taken, account: Account, *, trusted: bool
) -> str:
    """
    Return the secret of a device that was not known before, else "".

    A family's is `trusted` where its owner said so, after giving a second factor.
    """
    new = ""
    if taken.device is None:
        new = known_devices.make_device_known(write, account.subject, door.azp, taken.at)
    if trusted and account.kind == account_kinds.FAMILY:
        digest = taken.device or sessions.digest_of_session_secret(new)
        known_devices.trust_device_for_second_factor(write, digest, taken.at)
    return new


def refuse_without_right_at_door(
    write: Write, account: Account, provider: str | None, at: datetime, day: date
) -> None:
    """
    Refuse who has no business at this door today, although it is them: raises NotEntitled.

    Whom an office offers rights may come in to say yes, and finds nothing else there.
    """
    if provider and queries.has_open_offer(write, account.subject, provider, at):
        return
    if account_kinds.is_unused_account(account.kind, account.opened_at, account.last_signed_in, at):
        raise NotEntitled(reason="unused_account")
    if provider and not queries.has_right_on(write, account.subject, provider, day):
        raise NotEntitled(reason="no_right_today")


def open_session(
    write: Write,
    account: Account,
    azp: str,
    at: datetime,
    since: datetime | None = None,
    address: str = "",
) -> tuple[str, datetime]:
    """
    Open a session; return its secret and when its first token is issued.

    `since` is when the person signed in, where that was earlier and elsewhere; `address` is the
    digest of where the browser is.
    """
    if account.not_before > at + CLOCKS_DIFFER:
        _let_in_after_wrong_clock(write, account, at)
    secret = sessions.new_session_secret()
    issued_at = sessions.issue_time_of_next_token(at, account.not_before)
    write.add(
        SignIn(
            digest=sessions.digest_of_session_secret(secret),
            subject=account.subject,
            azp=azp,
            opened_at=since or at,
            last_used_at=issued_at,
            address=address,
        )
    )
    account.last_signed_in = at
    return secret, issued_at


def _let_in_after_wrong_clock(write: Write, account: Account, at: datetime) -> None:
    """
    Accept tokens of today of a person who signed out, or was cut off, while a clock was ahead.

    Until that moment no token is both old enough to be issued and new enough to be good.
    """
    account.not_before = at
    publish_subject_changed(write, account, store.register, at.astimezone(PARIS).date())


@dataclass(frozen=True, slots=True)
class Begun:
    """The one session of a person that is open now; `device` is the secret of its browser."""

    secret: str
    issued_at: datetime
    device: str


def end_all_and_open_session(
    write: Write, account: Account, azp: str, at: datetime, since: datetime | None = None
) -> Begun:
    """End all that is open with an account, cut its tokens off, and open one session."""
    end_sessions(write, account, at)
    refuse_issued_tokens(write, account, at)
    secret, issued_at = open_session(write, account, azp, at, since)
    return Begun(
        secret, issued_at, known_devices.make_device_known(write, account.subject, azp, at)
    )


def renew_session(
    write: Write, secret: str, azp: str, provider: str | None, at: datetime, day: date
) -> tuple[Account, datetime]:
    """Return the account of an open session and its next token's time; raises NotSignedIn."""
    session = queries.session_by_digest(write, sessions.digest_of_session_secret(secret), azp)
    if session is None:
        raise NotSignedIn
    account = queries.lock_account(write, session.subject)
    write.refresh(session)
    welcome = (
        provider is None
        or queries.has_right_on(write, account.subject, provider, day)
        or queries.has_open_offer(write, account.subject, provider, at)
    )
    can_have_token = account.active and account.not_before <= at + CLOCKS_DIFFER
    if not (can_have_token and welcome and _is_session_open(session, account.kind, at)):
        raise NotSignedIn
    session.last_used_at = sessions.issue_time_of_next_token(at, account.not_before)
    return account, session.last_used_at


def sign_in_time_of_latest_session(
    write: Write, subject: str, kind: str, azp: str, at: datetime
) -> datetime:
    """Return when a person with an open session at this principal signed in; raises NotSignedIn."""
    sign_ins = [
        sign_in for sign_in in queries.unended_sessions(write, subject) if sign_in.azp == azp
    ]
    opened = [sign_in.opened_at for sign_in in sign_ins if _is_session_open(sign_in, kind, at)]
    if not opened:
        raise NotSignedIn
    return max(opened)


def start_of_open_session(
    write: Write, account: Account, secret: str, azp: str, at: datetime
) -> datetime:
    """Return when a person's open session began; raises NotSignedIn."""
    session = queries.session_by_digest(write, sessions.digest_of_session_secret(secret), azp)
    if session is None or session.subject != account.subject:
        raise NotSignedIn
    if not _is_session_open(session, account.kind, at):
        raise NotSignedIn
    return session.opened_at


def end_session(write: Write, secret: str, azp: str, at: datetime) -> Account | None:
    """End one session; return its account if that was its last one and its tokens were cut off."""
    session = queries.session_by_digest(write, sessions.digest_of_session_secret(secret), azp)
    if session is None:
        return None
    account = queries.lock_account(write, session.subject)
    write.refresh(session)
    if session.ended_at is not None:
        return None
    session.ended_at = at
    others = queries.unended_sessions(write, account.subject)
    if any(_is_session_open(other, account.kind, at) for other in others):
        return None
    refuse_issued_tokens(write, account, at)
    return account


def end_sessions(write: Write, account: Account, at: datetime, azp: str | None = None) -> None:
    """
    End a person's sessions and forget the devices, at one principal or everywhere.

    Everywhere, what was asked in one of them is asked no more (another address, a passkey, a
    ticket), and whatever else opens something of the account begins anew: subscribers are sent
    since when.
    """
    if azp is None:
        account.anew_from = at
        write.execute(delete(EmailChange).where(EmailChange.subject == account.subject))
        write.execute(delete(Challenge).where(Challenge.subject == account.subject))
    for session in queries.unended_sessions(write, account.subject):
        if azp in (None, session.azp):
            session.ended_at = at
    known_devices.forget_devices(write, account.subject, azp)


def refuse_issued_tokens(write: Write, account: Account, at: datetime) -> None:
    """Let every token issued so far be refused; open sessions may have new ones."""
    last = queries.last_token_time(write, account.subject)
    account.not_before = max(account.not_before, sessions.not_before_after(at, last))


def _is_session_open(session: SignIn, kind: str, at: datetime) -> bool:
    return sessions.is_session_open(
        kind, session.opened_at, session.last_used_at, session.ended_at, at
    )
