"""Queries on identity's tables; a query that locks rows is named `lock_…`."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from services.identity.accounts.rules.account_kinds import AGENT, FAMILY
from services.identity.accounts.rules.dated_rights import ADMINISTRATOR, Period
from services.identity.models import (
    AccompaniedSession,
    Account,
    DatedRight,
    Invitation,
    RightOffer,
    SignIn,
)
from shared.contracts.identity import agents
from shared.database.tables.validity import not_ended_before_condition, valid_on_condition
from shared.text import is_same_name


def account_by_login(read: Session, kind: str, login: str) -> Account | None:
    """Return the account of this kind with this folded login."""
    return read.scalar(select(Account).where(Account.kind == kind, Account.login == login))


def proven_address_of_person(account: Account) -> str:
    """Return the proven address of a person, or "": a family's login, or an agent's e-mail."""
    if account.kind == AGENT:
        return account.email or ""
    return account.login if "@" in account.login else ""


def is_reached_by_email(account: Account) -> bool:
    """Say whether e-mails reach a person: an account in use, with a proven address."""
    return account.active and bool(proven_address_of_person(account))


def guardians_reached(read: Session, guardian_ids: Collection[str]) -> list[str]:
    """Return those of these guardians whom e-mails reach."""
    query = select(Account).where(Account.kind == FAMILY, Account.subject.in_(guardian_ids))
    return [each.subject for each in read.scalars(query) if is_reached_by_email(each)]


def lock_accounts(write: Session, subjects: Iterable[str]) -> dict[str, Account]:
    """
    Return accounts by subject, with their rows locked until the end of the transaction.

    Every change of a person's rights, sessions or state takes this lock first, and reads after it.
    """
    query = select(Account).where(Account.subject.in_(list(subjects))).order_by(Account.subject)
    locked = query.with_for_update()
    return {account.subject: account for account in write.scalars(locked)}


def lock_account(write: Session, subject: str) -> Account:
    """Return one known account, its row locked until the end of the transaction."""
    return lock_accounts(write, [subject])[subject]


def period_of_right(right: DatedRight) -> Period:
    """Return the days of a right."""
    return Period(right.valid_from, right.valid_to)


def rights_of_person(read: Session, subject: str) -> Sequence[DatedRight]:
    """Return every right that a person has or had, oldest first."""
    ordered = select(DatedRight).order_by(DatedRight.valid_from, DatedRight.id)
    return read.scalars(ordered.where(DatedRight.subject == subject)).all()


def rights_not_withdrawn(
    read: Session, subject: str, provider: str, role: str | None = None
) -> list[DatedRight]:
    """Return a person's rights at one provider that were not withdrawn, past ones included."""
    return [
        right
        for right in rights_of_person(read, subject)
        if right.active and right.provider == provider and role in (None, right.role)
    ]


def has_right_on(
    read: Session, subject: str, provider: str, day: date, role: str | None = None
) -> bool:
    """Say whether a person holds a right (this one, where named) at a provider on that day."""
    rights = rights_not_withdrawn(read, subject, provider, role)
    return any(period_of_right(right).holds_on(day) for right in rights)


def has_open_offer(read: Session, subject: str, office: str, at: datetime) -> bool:
    """Say whether an office offers rights that this person may still accept."""
    theirs = select(RightOffer.id).where(
        RightOffer.subject == subject, RightOffer.office == office, open_offer_condition(at)
    )
    return read.scalar(theirs) is not None


def open_offer_condition(at: datetime) -> ColumnElement[bool]:
    """Return the condition of an offer that may still be accepted."""
    return RightOffer.decided_at.is_(None) & (RightOffer.expires_at > at)


def administrators_on_day(read: Session, provider: str, day: date) -> set[str]:
    """Return the subjects who can give rights at a provider on that day."""
    query = (
        select(DatedRight.subject)
        .join(Account)
        .where(
            DatedRight.provider == provider,
            DatedRight.role == ADMINISTRATOR,
            DatedRight.active.is_(True),
            valid_on_condition(DatedRight, day),
            Account.active,
        )
    )
    return set(read.scalars(query))


def rights_named_by_town(read: Session, provider: str) -> Sequence[DatedRight]:
    """Return the active rights of the administrators whom the town file named at a provider."""
    query = select(DatedRight).where(
        DatedRight.provider == provider,
        DatedRight.role == ADMINISTRATOR,
        DatedRight.active.is_(True),
        DatedRight.granted_by.is_(None),
    )
    return read.scalars(query).all()


def has_administrator_ever_signed_in(read: Session, provider: str) -> bool:
    """Return whether an administrator of a provider ever signed in: from then on it decides."""
    query = (
        select(DatedRight.id)
        .join(Account)
        .where(
            DatedRight.provider == provider,
            DatedRight.role == ADMINISTRATOR,
            Account.last_signed_in.is_not(None),
        )
    )
    return read.scalar(query.limit(1)) is not None


def agents_at_provider(
    read: Session, provider: str, day: date, after: str, most: int
) -> list[tuple[Account, list[DatedRight]]]:
    """Return the agents with present or future rights at a provider, with those, by subject."""
    in_force = (
        DatedRight.provider == provider,
        DatedRight.active.is_(True),
        not_ended_before_condition(DatedRight.valid_to, day),
    )
    ids = select(DatedRight.subject).where(*in_force, DatedRight.subject > after).distinct()
    subjects = read.scalars(ids.order_by(DatedRight.subject).limit(most)).all()
    query = (
        select(Account, DatedRight)
        .join(DatedRight)
        .where(*in_force, Account.subject.in_(subjects))
        .order_by(Account.subject, DatedRight.role, DatedRight.valid_from)
    )
    agents: dict[str, tuple[Account, list[DatedRight]]] = {}
    for account, right in read.execute(query):
        agents.setdefault(account.subject, (account, []))[1].append(right)
    return list(agents.values())


def session_by_digest(read: Session, digest: str, azp: str) -> SignIn | None:
    """Return the session with this secret, where this principal opened it."""
    return read.scalar(select(SignIn).where(SignIn.digest == digest, SignIn.azp == azp))


def unended_sessions(read: Session, subject: str) -> Sequence[SignIn]:
    """Return a person's sessions that were not ended, timed out ones included."""
    query = select(SignIn).where(SignIn.subject == subject, SignIn.ended_at.is_(None))
    return read.scalars(query.execution_options(populate_existing=True)).all()


def offices_with_right(read: Session, subject: str, day: date) -> set[str]:
    """Return the providers at which a person holds a right on that day."""
    rights = rights_of_person(read, subject)
    return {r.provider for r in rights if r.active and period_of_right(r).holds_on(day)}


def last_token_time(read: Session, subject: str) -> datetime | None:
    """Return when the latest token of a person was issued, those beside a family included."""
    own = select(func.max(SignIn.last_used_at)).where(SignIn.subject == subject)
    beside = select(func.max(AccompaniedSession.last_used_at)).where(
        or_(AccompaniedSession.agent == subject, AccompaniedSession.family == subject)
    )
    moments = [moment for query in (own, beside) if (moment := read.scalar(query))]
    return max(moments, default=None)


def invitation_by_digest(read: Session, digest: str) -> tuple[Invitation, Account] | None:
    """Return an invitation and whom it invites."""
    query = select(Invitation, Account).join(Account).where(Invitation.digest == digest)
    row = read.execute(query).one_or_none()
    return (row[0], row[1]) if row else None


def usable_invitation(read: Session, subject: str, at: datetime) -> Invitation | None:
    """Return an invitation of this person that may still be used, where there is one."""
    theirs = select(Invitation).where(
        Invitation.subject == subject, usable_invitation_condition(at)
    )
    return read.scalar(theirs.limit(1))


def usable_invitation_condition(at: datetime) -> ColumnElement[bool]:
    """Return the condition of an invitation that may still be used."""
    return Invitation.used_at.is_(None) & (Invitation.expires_at > at)


def names_of_agents(read: Session, subjects: Sequence[str]) -> list[agents.NamedAgent]:
    """Return what these are called, of agents alone."""
    rows = read.execute(
        select(Account.subject, Account.name)
        .where(Account.subject.in_(subjects), Account.kind == AGENT)
        .order_by(Account.subject)
    )
    return [{"subject": subject, "name": name} for subject, name in rows]


def agent_of_name(read: Session, name: str) -> str | None:
    """Return the one agent of this name; None for nobody, and for several."""
    agents = read.execute(select(Account.subject, Account.name).where(Account.kind == AGENT))
    found = [subject for subject, known in agents if is_same_name(known, name)]
    return found[0] if len(found) == 1 else None
