"""Agents, their rights and their invitations: what is recorded when an administrator decides."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select

from services.identity.accounts import queries
from services.identity.accounts.commands.publishing import right_as_published
from services.identity.accounts.rules import account_kinds, dated_rights, invitations
from services.identity.accounts.rules.dated_rights import ADMINISTRATOR, Period, Right
from services.identity.models import Account, DatedRight, Invitation
from services.identity.openid.commands import unlink_account
from services.identity.sessions.commands import signing_in
from shared.contracts.errors import BadRequest, NotEntitled, NotFound
from shared.contracts.identity.agents import ListedAgent, RecentTownCode
from shared.database import Write
from shared.register import Office
from shared.register.entitlement import OF_WHOLE_OFFICE
from shared.runtime.ids import new_id


def find_or_make_account(write: Write, login: str, name: str, at: datetime) -> Account:
    """Return the agent's account with this login, held; a new one is inactive until activated."""
    fresh = write.upsert_into(Account).values(
        subject=new_id(),
        kind=account_kinds.AGENT,
        login=account_kinds.fold_login(login),
        name=name.strip(),
        version=0,
        not_before=at,
        active=False,
        totp_step=0,
    )
    write.execute(fresh.on_conflict_do_nothing(index_elements=["kind", "login"]))
    known = select(Account.subject).where(
        Account.kind == account_kinds.AGENT, Account.login == account_kinds.fold_login(login)
    )
    return queries.lock_account(write, write.scalars(known).one())


def grant_right(
    write: Write,
    account: Account,
    provider: Office,
    requested: Right,
    at: datetime,
    by: str | None,
) -> None:
    """Give a right; one that is there already stays as it is. Raises BadRequest with sentences."""
    active = queries.rights_not_withdrawn(write, account.subject, provider.code, requested.role)
    periods = [queries.period_of_right(right) for right in active if right.place == requested.place]
    if is_new_right(requested, provider, periods):
        store_checked_right(write, account, provider.code, requested, at, by)


def is_new_right(requested: Right, provider: Office, active: Sequence[Period]) -> bool:
    """
    Say whether a right begins that these periods of the same do not cover.

    Raises BadRequest with sentences.
    """
    if requested.is_first_day_before_last and any(
        period.covers(requested.period) for period in active
    ):
        return False
    roles = [known.code for known in provider.roles]
    whole = [known.code for known in provider.roles if OF_WHOLE_OFFICE & set(known.permissions)]
    errors = dated_rights.mistakes_in_right(requested, roles, active, whole)
    if errors:
        raise BadRequest(errors=errors)
    return True


def store_checked_right(
    write: Write, account: Account, provider: str, right: Right, at: datetime, by: str | None
) -> None:
    """Store a right that was checked."""
    write.add(
        DatedRight(
            id=new_id(),
            subject=account.subject,
            provider=provider,
            role=right.role,
            place=right.place,
            valid_from=right.period.first,
            valid_to=right.period.last,
            active=True,
            granted_at=at,
            granted_by=by,
        )
    )


def withdraw_right(
    write: Write,
    subject: str,
    provider: Office,
    role: str,
    place: str,
    at: datetime,
    day: date,
    by: str,
) -> Account:
    """
    Withdraw a role at one place at once; the same role elsewhere stays.

    Raises NotFound, and BadRequest for the last administrator.
    """
    admins = queries.administrators_on_day(write, provider.code, day)
    held = queries.lock_accounts(write, {subject} | (admins if role == ADMINISTRATOR else set()))
    rights = queries.rights_not_withdrawn(write, subject, provider.code, role)
    here = [right for right in rights if right.place == place]
    ending = [right for right in here if not queries.period_of_right(right).is_past(day)]
    if not ending:
        raise NotFound(subject=subject, role=role)
    if role == ADMINISTRATOR:
        _refuse_last_administrator_leaving(write, provider.code, subject, day)
    account = held[subject]
    for right in ending:
        _end_right(right, at, by)
    if not queries.has_right_on(write, subject, provider.code, day):
        signing_in.end_sessions(write, account, at, provider.principal)
    signing_in.refuse_issued_tokens(write, account, at)
    return account


def create_invitation(
    write: Write,
    account: Account,
    at: datetime,
    by: str | None = None,
    good_for: timedelta = invitations.GOOD_FOR,
    lot: str | None = None,
) -> tuple[str, datetime]:
    """Make an invitation; return its code and until when it is good. Older ones are void."""
    void_invitations(write, account.subject)
    code, expires_at = invitations.new_code(), at + good_for
    digest = invitations.digest_of_code(code)
    made = {"digest": digest, "subject": account.subject, "asked_by": by, "lot": lot}
    write.add(Invitation(**made, expires_at=expires_at))
    return code, expires_at


def close_and_invite_agent(
    write: Write, subject: str, provider: Office, at: datetime, day: date, by: str
) -> tuple[Account, str]:
    """
    Close the account of an agent who lost telephone or password, until a new code is used.

    Raises NotFound for whom the provider does not have, and NotEntitled for oneself and for who has
    rights elsewhere too: a code is as good as the account, and those are not this provider's.
    """
    account = queries.lock_accounts(write, [subject]).get(subject)
    held = [right for right in queries.rights_of_person(write, subject) if right.active]
    offices = {right.provider for right in held if not queries.period_of_right(right).is_past(day)}
    if account is None or provider.code not in offices:
        raise NotFound(subject=subject)
    if subject == by or offices != {provider.code}:
        raise NotEntitled(reason="oneself" if subject == by else "rights_elsewhere")
    code, _ = close_account_and_invite(write, account, at, by)
    return account, code


def close_account_and_invite(
    write: Write, account: Account, at: datetime, by: str | None = None
) -> tuple[str, datetime]:
    """End password, second factor and sessions of an account; return the code that opens it."""
    close_account(write, account, at)
    return create_invitation(write, account, at, by)


def close_account(write: Write, account: Account, at: datetime) -> None:
    """End password, second factor, link, sessions and codes of an account: nothing opens it."""
    account.active, account.password_hash, account.totp_sealed = False, None, None
    unlink_account(write, account.subject)
    signing_in.end_sessions(write, account, at)
    signing_in.refuse_issued_tokens(write, account, at)
    void_invitations(write, account.subject)


def end_rights(write: Write, subject: str, provider: str, at: datetime, day: date) -> None:
    """End at the town's word every right that a person has at a provider, or will have."""
    for right in queries.rights_not_withdrawn(write, subject, provider):
        if not queries.period_of_right(right).is_past(day):
            _end_right(right, at, None)
    write.flush()


def void_invitations(write: Write, subject: str) -> None:
    """Take back every invitation that was not used."""
    write.execute(
        delete(Invitation).where(Invitation.subject == subject, Invitation.used_at.is_(None))
    )


def invite_agent_who_never_came(
    write: Write, account: Account, provider: Office, at: datetime, *, by_town: bool = False
) -> tuple[str, datetime | None]:
    """Invite an agent who has never come; "" for one who has, or whom others may invite alone."""
    rights = queries.rights_of_person(write, account.subject)
    if may_be_invited(account, rights, provider.code, by_town=by_town):
        return create_invitation(write, account, at)
    return "", None


def may_be_invited(
    account: Account, rights: Iterable[DatedRight], provider: str, *, by_town: bool
) -> bool:
    """
    Say whether whoever decides for one provider may hand out a code for this account.

    Not once its owner has signed in, and not where it has rights elsewhere: a code is as good as
    the account, and another provider's rights are not this one's to hand out. The town may where
    it named the person itself.
    """
    elsewhere = [right for right in rights if right.active and right.provider != provider]
    ours = all(by_town and right.granted_by is None for right in elsewhere)
    return account.last_signed_in is None and ours


def restart_unused_time(account: Account, at: datetime) -> None:
    """Let an account that slept too long begin to count anew."""
    if is_account_unused(account, at):
        account.opened_at = at


def withdraw_former_administrators(
    write: Write, provider: str, keep: str, at: datetime
) -> Sequence[Account]:
    """Withdraw the first administrators whom the town file no longer names and who never came."""
    named = queries.rights_named_by_town(write, provider)
    former = queries.lock_accounts(write, {right.subject for right in named} - {keep})
    for right in named:
        if right.subject in former:
            _end_right(right, at, None)
            void_invitations(write, right.subject)
    return list(former.values())


def is_account_unused(account: Account, at: datetime) -> bool:
    """Say whether an agent's account has slept too long to be entered."""
    return account_kinds.is_unused_account(
        account.kind, account.opened_at, account.last_signed_in, at
    )


def agent_as_administrator_reads(
    account: Account, rights: Iterable[DatedRight], code: RecentTownCode | None, at: datetime
) -> ListedAgent:
    """Return an agent as its provider's administrator reads it."""
    return ListedAgent(
        subject=account.subject,
        login=account.login,
        name=account.name,
        active=account.active and not is_account_unused(account, at),
        rights=[right_as_published(right) for right in rights],
        code_by_town=code,
    )


def _end_right(right: DatedRight, at: datetime, by: str | None) -> None:
    right.active, right.withdrawn_at, right.withdrawn_by = None, at, by


def _refuse_last_administrator_leaving(
    write: Write, provider: str, without: str, day: date
) -> None:
    """Refuse to leave an office without administrator; all are locked, so two cannot both leave."""
    there = queries.administrators_on_day(write, provider, day)
    if not dated_rights.has_other_administrator(there, without):
        sentence = "Il faut au moins une autre personne qui administre ce service."
        raise BadRequest(errors={"role": [sentence]})
