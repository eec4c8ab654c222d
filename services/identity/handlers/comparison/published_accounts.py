"""
Accounts as each principal stores its own, and what the dossier corrected of guardians here.

They are compared as shared/database/comparison/compared_states.py says.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence, Set

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from services.identity.accounts.commands.publishing import (
    event_of_email_reach,
    events_by_principal,
    publish_subject_changed,
)
from services.identity.accounts.rules.account_kinds import FAMILY
from services.identity.models import FAMILY_SUMS, Account, CorrectedGuardian, DatedRight
from services.identity.store import store
from shared.contracts.dossier.families.household_adults import guardian_corrected
from shared.contracts.identity import accounts
from shared.database import Write
from shared.database.chunks import AT_ONCE
from shared.database.comparison.compared_states import (
    Published,
    Route,
    Stored,
    StoredState,
    Versions,
    make_page_reader,
)
from shared.database.comparison.sums_found_equal import KeptSums
from shared.dates.clock import today
from shared.person import sort_key_of_right


def _page_of_accounts(
    read: Session, route: Route, after: str, most: int, bucket: str = ""
) -> list[tuple[str, int]]:
    """Return the accounts that a principal is sent; who is sent one, its rights say."""
    found: list[tuple[str, int]] = []
    while len(found) < most:
        above = select(Account).where(Account.subject > after, Account.version > 0)
        rows = read.scalars(above.order_by(Account.subject).limit(AT_ONCE)).all()
        if not rows:
            break
        after = rows[-1].subject
        found += [
            (event.subject, event.version) for event in _events_of_accounts(read, route, rows)
        ]
    return found[:most]


def _events_of_accounts(
    read: Session, route: Route, rows: Sequence[Account]
) -> Iterator[accounts.SubjectChanged]:
    rights = _rights_by_subject(read, [row.subject for row in rows])
    day = today()
    for row in rows:
        events = events_by_principal(row, rights[row.subject], store.register, day)
        if route.subscriber in events:
            yield events[route.subscriber]


def _rights_by_subject(
    read: Session, subjects: Collection[str]
) -> Mapping[str, Sequence[DatedRight]]:
    found: dict[str, list[DatedRight]] = defaultdict(list)
    ordered = select(DatedRight).order_by(DatedRight.valid_from, DatedRight.id)
    for right in read.scalars(ordered.where(DatedRight.subject.in_(subjects))):
        found[right.subject].append(right)
    return found


def _account_contents(
    read: Session, route: Route, versions: Versions
) -> Mapping[str, accounts.SubjectChanged]:
    rows = read.scalars(select(Account).where(Account.subject.in_(versions))).all()
    events = {event.subject: event for event in _events_of_accounts(read, route, rows)}
    for event in events.values():
        event.rights.sort(key=sort_key_of_right)
    return events


def _publish_accounts_again(write: Write, _route: Route, versions: Versions) -> None:
    for subject, version in versions.items():
        account = write.get(Account, subject, with_for_update=True)
        if account is not None and account.version:
            account.version = max(account.version, version)
            publish_subject_changed(write, account, store.register, today())


def _select_family_versions() -> Select[str, int]:
    return select(Account.subject, Account.version).where(
        Account.kind == FAMILY, Account.version > 0
    )


def _email_reach_contents(
    read: Session, _route: Route, versions: Versions
) -> Mapping[str, accounts.EmailReachChanged]:
    rows = read.scalars(select(Account).where(Account.subject.in_(versions)))
    return {row.subject: event_of_email_reach(row) for row in rows}


PUBLISHED = (
    Published(
        accounts.subject_changed,
        _page_of_accounts,
        _account_contents,
        _publish_accounts_again,
        lambda event: [event.subject],
    ),
    Published(
        accounts.email_reach_changed,
        make_page_reader(lambda _route: _select_family_versions()),
        _email_reach_contents,
        _publish_accounts_again,
        lambda event: [event.subject],
        sums=lambda _route: [KeptSums(FAMILY_SUMS, (FAMILY_SUMS.c.kind == FAMILY,))],
    ),
)


def _stored_corrected_guardians(read: Session, _source: str) -> Iterator[StoredState]:
    """Return corrected guardians who have an account; who died and signs in again is altered."""
    rows = read.execute(
        select(Account, CorrectedGuardian)
        .join(CorrectedGuardian, CorrectedGuardian.subject == Account.subject)
        .where(Account.kind == FAMILY)
    )
    for account, row in rows:
        died = row.died and not account.active
        content = {"guardian_id": account.subject, "name": account.name, "died": died}
        yield StoredState(account.subject, row.version, content)


def _delete_corrected(write: Write, _source: str, keys: Collection[str]) -> None:
    write.execute(delete(CorrectedGuardian).where(CorrectedGuardian.subject.in_(keys)))


def _guardians_without_account(read: Session, _source: str, keys: Collection[str]) -> Set[str]:
    """Return guardians without an account: the desk gives the name when it makes one."""
    known = select(Account.subject).where(Account.subject.in_(keys), Account.kind == FAMILY)
    return set(keys) - set(read.scalars(known))


STORED = (
    Stored(
        guardian_corrected,
        _stored_corrected_guardians,
        _delete_corrected,
        _guardians_without_account,
    ),
)
