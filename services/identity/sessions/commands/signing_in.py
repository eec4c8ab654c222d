"""Sign-in, renewal and sign-out: tries, sessions and tokens as stored."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil

from sqlalchemy import delete

from services.identity.accounts import queries
from services.identity.accounts.rules import accounts, passwords, second_factor, tries
from services.identity.models import Account, EmailChange, LoginTries, SignIn
from services.identity.sessions import rules as sessions
from services.identity.sessions.commands import known_devices
from shared.contracts.errors import NotEntitled, NotSignedIn
from shared.contracts.identity.sign_ins import SecondFactorNeeded, TooManyTries, WrongCredentials
from shared.database import Write


@dataclass(frozen=True, slots=True)
class Door:
    """
    A sign-in attempt: the principal, the provider behind it (None: the portal), and the login.

    `address` and `devices` come from that principal and are not verified.
    """

    azp: str
    provider: str | None
    kind: str
    login: str
    address: str = ""  # a digest that only the principal can make; "" where it names none
    devices: tuple[str, ...] = ()

    @property
    def counted_at(self) -> str:
        """Return whose crowd a stranger here is in."""
        return f"{self.azp}|{self.kind}"

    @property
    def here_digest(self) -> str:
        return tries.tries_digest("here", self.counted_at, self.address, self.login)

    @property
    def address_digest(self) -> str:
        return tries.tries_digest("address", self.counted_at, self.address)

    @property
    def login_digest(self) -> str:
        return tries.tries_digest("login", self.counted_at, self.login)


@dataclass(frozen=True, slots=True)
class Taken:
    """A try that was counted, or has to wait in a crowd; `device` is the digest of a known one."""

    at: datetime
    device: str | None = None
    wait: tries.Wait = tries.AT_ONCE


def count_try(write: Write, door: Door, at: datetime, subject: str | None = None) -> Taken:
    """
    Count a try before its password is looked at; a success takes it back.

    Counted first, so that a thousand at once are not a thousand free ones. Raises TooManyTries; a
    wait that is returned has to be kept first (`refuse_waiting_try`).
    """
    device = (
        known_devices.recognise_device(write, subject, door.azp, door.devices, at)
        if subject
        else None
    )
    if device is None:
        return _count_strangers_try(write, door, at)
    earlier = known_devices.tries_of_device(device)
    _require_no_wait(tries.Wait(tries.device_wait(earlier, at)))
    known_devices.store_tries(device, tries.add_try(earlier, at))
    return Taken(at, device.digest)


def refuse_waiting_try(taken: Taken) -> None:
    """Raise TooManyTries if the try has to wait in a crowd; call after the commit."""
    _require_no_wait(taken.wait)


def _count_strangers_try(write: Write, door: Door, at: datetime) -> Taken:
    here, login = (
        _locked_tries(write, door.here_digest, at),
        _locked_tries(write, door.login_digest, at),
    )
    address = _locked_tries(write, door.address_digest, at) if door.address else None
    here.counted_at = door.counted_at
    crowd = tries.AT_PRINCIPAL
    before = tries.Strangers(
        _tries_of(here),
        _tries_of(address) if address else tries.Tries(),
        _tries_of(login),
        queries.count_tries(
            write, door.counted_at, at - crowd.window, crowd.stops, door.here_digest
        ),
    )
    wait = tries.strangers_wait(before, at)
    if not wait.knocks:
        _require_no_wait(wait)
    if address is not None:
        _store_tries(
            address, tries.add_try(before.address, at, *_limits_of_crowd(tries.AT_ADDRESS))
        )
    if wait.knocks:
        _store_tries(here, tries.add_knock(before.here, at))
        return Taken(at, wait=wait)
    _store_tries(here, tries.add_try(before.here, at))
    _store_tries(login, tries.add_try(before.login, at, *_limits_of_crowd(tries.AT_LOGIN)))
    return Taken(at)


def _require_no_wait(wait: tries.Wait) -> None:
    if wait.time > tries.NO_WAIT:
        raise TooManyTries(wait_seconds=ceil(wait.time.total_seconds()), others=wait.others)


def _limits_of_crowd(crowd: tries.Crowd) -> tuple[timedelta, int]:
    return crowd.window, crowd.stops


@dataclass(frozen=True, slots=True)
class Known:
    """The account of a login and its password hash; a hash of no password if it may not sign in."""

    subject: str | None
    password_hash: str
    totp_sealed: bytes | None = None
    needs_code: bool = False


def look_up_login(write: Write, door: Door) -> Known:
    """Look the login up; an unknown, closed or unused one goes on to the same comparison."""
    account = queries.account_by_login(write, door.kind, door.login)
    if account is None or not account.active or account.password_hash is None:
        return Known(None, passwords.hash_of_no_password())
    needs_code = account.kind == accounts.AGENT
    return Known(account.subject, account.password_hash, account.totp_sealed, needs_code)


def lock_unchanged_account(write: Write, known: Known) -> Account:
    """Return the account, held, unless it was closed or its password changed during the hashing."""
    account = queries.locked_accounts(write, [known.subject or ""]).get(known.subject or "")
    if account is None or not account.active or account.password_hash != known.password_hash:
        raise WrongCredentials
    return account


def forget_tries(write: Write, door: Door, taken: Taken) -> None:
    """Begin anew after a success; what strangers tried at this login or address stays counted."""
    if taken.device is not None:
        known_devices.reset_tries(write, taken.device, taken.at)
        return
    write.execute(delete(LoginTries).where(LoginTries.login_digest == door.here_digest))
    _take_back_try(write, door, taken)


def take_back_before_code(write: Write, door: Door, taken: Taken) -> None:
    """Take back what a try with the right password cost; its second factor is to come."""
    if taken.device is not None:
        return
    here = _locked_tries(write, door.here_digest, taken.at)
    here.knocked_at = taken.at - tries.PATIENCE
    _take_back_try(write, door, taken)


def give_back_try(write: Write, door: Door, taken: Taken) -> None:
    """Take a stranger's try back whose password was not looked at; it keeps its turn."""
    here = _locked_tries(write, door.here_digest, taken.at)
    _store_tries(here, tries.remove_try(_tries_of(here), taken.at))
    _take_back_try(write, door, taken)


def remember_device(write: Write, door: Door, taken: Taken, subject: str) -> str:
    """Return the secret of a device that was not known before, else ""."""
    if taken.device is not None:
        return ""
    return known_devices.remember_device(write, subject, door.azp, taken.at)


def _take_back_try(write: Write, door: Door, taken: Taken) -> None:
    digests = [door.login_digest] + [door.address_digest] * bool(door.address)
    for digest in digests:
        row = _locked_tries(write, digest, taken.at)
        row.recent = [each for each in row.recent if each != taken.at.timestamp()]
        if not row.recent:
            write.delete(row)


def prove_second_factor(account: Account, secret: str | None, code: str, at: datetime) -> None:
    """Accept an agent's code once; raises SecondFactorNeeded or WrongCredentials."""
    if account.kind != accounts.AGENT:
        return
    if not code:
        raise SecondFactorNeeded
    step = second_factor.accepted_step(secret, code, at, account.totp_step) if secret else None
    if step is None:
        raise WrongCredentials
    account.totp_step = step


def require_entitled(
    write: Write, account: Account, provider: str | None, at: datetime, day: date
) -> None:
    """
    Refuse who has no business at this door today, although it is them: raises NotEntitled.

    Whom an office offers rights may come in to say yes, and finds nothing else there.
    """
    if provider and queries.has_open_offer(write, account.subject, provider, at):
        return
    if accounts.is_unused_account(account.kind, account.opened_at, account.last_signed_in, at):
        raise NotEntitled(reason="unused_account")
    if provider and not queries.has_right_on(write, account.subject, provider, day):
        raise NotEntitled(reason="no_right_today")


def open_session(
    write: Write, account: Account, azp: str, at: datetime, since: datetime | None = None
) -> tuple[str, datetime]:
    """
    Open a session; return its secret and when its first token is issued.

    `since` is when the person signed in, where that was earlier and elsewhere.
    """
    secret = sessions.new_session_secret()
    issued_at = sessions.token_issue_time(at, account.not_before)
    write.add(
        SignIn(
            digest=sessions.secret_digest(secret),
            subject=account.subject,
            azp=azp,
            opened_at=since or at,
            last_used_at=issued_at,
        )
    )
    account.last_signed_in = at
    return secret, issued_at


@dataclass(frozen=True, slots=True)
class Begun:
    """The one session of a person that is open now; `device` is the secret of its browser."""

    secret: str
    issued_at: datetime
    device: str


def begin_anew(
    write: Write, account: Account, azp: str, at: datetime, since: datetime | None = None
) -> Begun:
    """End all that is open with an account, cut its tokens off, and open one session."""
    end_sessions(write, account, at)
    cut_off_tokens(write, account, at)
    secret, issued_at = open_session(write, account, azp, at, since)
    return Begun(secret, issued_at, known_devices.remember_device(write, account.subject, azp, at))


def renew_session(
    write: Write, secret: str, azp: str, provider: str | None, at: datetime, day: date
) -> tuple[Account, datetime]:
    """Return the account of an open session and its next token's time; raises NotSignedIn."""
    session = queries.session_by_digest(write, sessions.secret_digest(secret), azp)
    if session is None:
        raise NotSignedIn
    account = queries.locked_account(write, session.subject)
    write.refresh(session)
    welcome = (
        provider is None
        or queries.has_right_on(write, account.subject, provider, day)
        or queries.has_open_offer(write, account.subject, provider, at)
    )
    if not (account.active and welcome and _is_session_open(session, account.kind, at)):
        raise NotSignedIn
    session.last_used_at = sessions.token_issue_time(at, account.not_before)
    return account, session.last_used_at


def signed_in_since(write: Write, subject: str, kind: str, azp: str, at: datetime) -> datetime:
    """Return when a person with an open session at this principal signed in; raises NotSignedIn."""
    sign_ins = [
        sign_in for sign_in in queries.unended_sessions(write, subject) if sign_in.azp == azp
    ]
    opened = [sign_in.opened_at for sign_in in sign_ins if _is_session_open(sign_in, kind, at)]
    if not opened:
        raise NotSignedIn
    return max(opened)


def opened_at_of(write: Write, account: Account, secret: str, azp: str, at: datetime) -> datetime:
    """Return when a person's open session began; raises NotSignedIn."""
    session = queries.session_by_digest(write, sessions.secret_digest(secret), azp)
    if session is None or session.subject != account.subject:
        raise NotSignedIn
    if not _is_session_open(session, account.kind, at):
        raise NotSignedIn
    return session.opened_at


def end_session(write: Write, secret: str, azp: str, at: datetime) -> Account | None:
    """End one session; return its account if that was its last one and its tokens were cut off."""
    session = queries.session_by_digest(write, sessions.secret_digest(secret), azp)
    if session is None:
        return None
    account = queries.locked_account(write, session.subject)
    write.refresh(session)
    if session.ended_at is not None:
        return None
    session.ended_at = at
    others = queries.unended_sessions(write, account.subject)
    if any(_is_session_open(other, account.kind, at) for other in others):
        return None
    cut_off_tokens(write, account, at)
    return account


def end_sessions(write: Write, account: Account, at: datetime, azp: str | None = None) -> None:
    """
    End a person's sessions and forget the devices, at one principal or everywhere.

    Everywhere, an address that was asked for in one of them is asked for no more.
    """
    if azp is None:
        write.execute(delete(EmailChange).where(EmailChange.subject == account.subject))
    for session in queries.unended_sessions(write, account.subject):
        if azp in (None, session.azp):
            session.ended_at = at
    known_devices.forget_devices(write, account.subject, azp)


def cut_off_tokens(write: Write, account: Account, at: datetime) -> None:
    """Let every token issued so far be refused; open sessions may have new ones."""
    last = queries.last_token_time(write, account.subject)
    account.not_before = max(account.not_before, sessions.not_before_after(at, last))


def _is_session_open(session: SignIn, kind: str, at: datetime) -> bool:
    return sessions.is_session_open(
        kind, session.opened_at, session.last_used_at, session.ended_at, at
    )


def _locked_tries(write: Write, digest: str, at: datetime) -> LoginTries:
    """Return the row of some tries, made where missing, held until the end."""
    fresh = write.upsert(LoginTries).values(login_digest=digest, failed=0, recent=[], last_at=at)
    held = fresh.on_conflict_do_update(index_elements=["login_digest"], set_={"last_at": at})
    write.execute(held)
    return write.get_one(LoginTries, digest, populate_existing=True)


def _tries_of(row: LoginTries) -> tries.Tries:
    return tries.Tries(row.failed, known_devices.moments_from_seconds(row.recent), row.knocked_at)


def _store_tries(row: LoginTries, made: tries.Tries) -> None:
    row.failed, row.recent = made.failed, known_devices.seconds_from_moments(made.recent)
    row.knocked_at = made.knocked_at
