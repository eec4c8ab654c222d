"""Letting somebody in, keeping them in, seeing them out: what is recorded of it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from math import ceil

from sqlalchemy import delete

from services.identity import accounts, passwords, queries, second_factor, sessions, tries
from services.identity.models import Account, LoginTries, SignIn
from shared.contracts.errors import NotEntitled, NotSignedIn
from shared.contracts.identity import SecondFactorNeeded, TooManyTries, WrongCredentials
from shared.database import Write


@dataclass(frozen=True, slots=True)
class Door:
    """Where somebody knocks: a principal, the provider behind it (None: the portal), and who."""

    azp: str
    provider: str | None
    kind: str
    login: str

    @property
    def tries_digest(self) -> str:
        return tries.digest_of(self.kind, self.login)


def take_try(write: Write, door: Door, at: datetime) -> None:
    """
    Count a try before its password is looked at; a success takes it back.

    Counted first, so that a thousand at once are not a thousand free ones. Raises TooManyTries.
    """
    earlier = _locked_tries(write, door.tries_digest, at)
    others = queries.latest_tries(
        write, at - tries.TOWN_WINDOW, tries.MOST_IN_TOWN_WINDOW, door.tries_digest
    )
    wait = max(tries.wait(earlier, at), tries.town_wait(others, at))
    if wait > tries.NO_WAIT:
        raise TooManyTries(wait_seconds=ceil(wait.total_seconds()))
    counted = tries.noted(earlier, at)
    row = write.get_one(LoginTries, door.tries_digest)
    row.failed = counted.failed
    row.recent = [moment.timestamp() for moment in counted.recent]


@dataclass(frozen=True, slots=True)
class Known:
    """Whom a login names, and the hash to compare with: nobody's where nobody may enter by it."""

    subject: str | None
    password_hash: str
    totp_sealed: bytes | None = None


def who_knocks(write: Write, door: Door) -> Known:
    """Look the login up; an unknown, closed or unused one goes on to the same comparison."""
    account = queries.account_by_login(write, door.kind, door.login)
    if account is None or not account.active or account.password_hash is None:
        return Known(None, passwords.nobodys())
    return Known(account.subject, account.password_hash, account.totp_sealed)


def still_there(write: Write, known: Known) -> Account:
    """Return the account, held, unless it was closed or its password changed during the hashing."""
    account = queries.locked_accounts(write, [known.subject or ""]).get(known.subject or "")
    if account is None or not account.active or account.password_hash != known.password_hash:
        raise WrongCredentials
    return account


def forget_tries(write: Write, door: Door) -> None:
    """Begin anew after a success."""
    write.execute(delete(LoginTries).where(LoginTries.login_digest == door.tries_digest))


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


def require_welcome(
    write: Write, account: Account, provider: str | None, at: datetime, day: date
) -> None:
    """Refuse who has no business at this door today, although it is them: raises NotEntitled."""
    if accounts.unused(account.kind, account.opened_at, account.last_signed_in, at):
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
    secret = sessions.new_secret()
    issued_at = sessions.issue_moment(at, account.not_before)
    write.add(
        SignIn(
            digest=sessions.digest_of(secret),
            subject=account.subject,
            azp=azp,
            opened_at=since or at,
            last_used_at=issued_at,
        )
    )
    account.last_signed_in = at
    return secret, issued_at


def renew(
    write: Write, secret: str, azp: str, provider: str | None, at: datetime, day: date
) -> tuple[Account, datetime]:
    """Return whose open session it is and when its next token is issued, or raise NotSignedIn."""
    found = queries.sign_in_at(write, sessions.digest_of(secret), azp)
    if found is None:
        raise NotSignedIn
    account = queries.locked_account(write, found.subject)
    write.refresh(found)
    welcome = provider is None or queries.has_right_on(write, account.subject, provider, day)
    if not (account.active and welcome and _is_open(found, account.kind, at)):
        raise NotSignedIn
    found.last_used_at = sessions.issue_moment(at, account.not_before)
    return account, found.last_used_at


def signed_in_since(write: Write, subject: str, kind: str, azp: str, at: datetime) -> datetime:
    """Return when the person signed in who has an open session at this principal; NotSignedIn."""
    here = [each for each in queries.sign_ins_of(write, subject) if each.azp == azp]
    opened = [each.opened_at for each in here if _is_open(each, kind, at)]
    if not opened:
        raise NotSignedIn
    return max(opened)


def end_session(write: Write, secret: str, azp: str, at: datetime) -> Account | None:
    """End one session; return its person where it was the last one, so that the tokens end too."""
    found = queries.sign_in_at(write, sessions.digest_of(secret), azp)
    if found is None:
        return None
    account = queries.locked_account(write, found.subject)
    write.refresh(found)
    if found.ended_at is not None:
        return None
    found.ended_at = at
    others = queries.sign_ins_of(write, account.subject)
    if any(_is_open(other, account.kind, at) for other in others):
        return None
    cut_off_tokens(write, account, at)
    return account


def end_sessions(write: Write, account: Account, at: datetime, azp: str | None = None) -> None:
    """End a person's sessions, at one principal or everywhere."""
    for session in queries.sign_ins_of(write, account.subject):
        if azp in (None, session.azp):
            session.ended_at = at


def cut_off_tokens(write: Write, account: Account, at: datetime) -> None:
    """Let every token issued so far be refused; open sessions may have new ones."""
    last = queries.last_issued(write, account.subject)
    account.not_before = max(account.not_before, sessions.cut_off(at, last))


def _is_open(session: SignIn, kind: str, at: datetime) -> bool:
    return sessions.is_open(kind, session.opened_at, session.last_used_at, session.ended_at, at)


def _locked_tries(write: Write, digest: str, at: datetime) -> tries.Tries:
    """Return the tries at a login; the row, made where missing, is held until the end."""
    fresh = write.upsert(LoginTries).values(login_digest=digest, failed=0, recent=[], last_at=at)
    held = fresh.on_conflict_do_update(index_elements=["login_digest"], set_={"last_at": at})
    row = write.execute(held.returning(LoginTries.failed, LoginTries.recent)).one()
    moments = tuple(datetime.fromtimestamp(each, UTC) for each in row.recent)
    return tries.Tries(row.failed, moments)
