"""
Publishes changed projections to entitled providers, with the next version of each.

It runs in the caller's transaction. A projection is sent only if its content differs from the last
one sent. Its version counts per (provider, child, projection) and never restarts; the child's row
is locked meanwhile, so that two changes of one child are published one after the other.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Row, Table, bindparam, insert, null, select, update

from services.dossier.digest_and_chain_keys import DIGESTS, ensure_own_key
from services.dossier.households.queries.guardianships import children_living_in
from services.dossier.households.queries.ids_of_joined_files import with_other_files
from services.dossier.models import Child, Household, Projection
from services.dossier.sections.rules.projections import BY_GUARDIANS, Content
from services.dossier.sharing.grants.commands.declared_service_handovers import (
    end_service_handovers_of_link,
)
from services.dossier.sharing.grants.commands.ending_grants import end_all_grants
from services.dossier.sharing.publishing.commands.projection_messages import send_messages
from services.dossier.sharing.publishing.queries.contents_and_recipients import (
    children_and_providers_linked,
    conditional_targets,
    prepared_projection_contents,
    states_sent_before,
)
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.sharing.rules.projection_messages import ProjectionMessage
from services.dossier.sharing.rules.projection_targets import Target
from shared.database import Write
from shared.database.chunks import chunks
from shared.dates.instant import Instant
from shared.register.entitlement import CARE_CORE, FAMILY, PROJECTIONS

_UNHEARD: dict[str, Any] = {"received_version": 0, "seen_version": 0, "seen_by": ""}

CARE_CORE_STAYS = timedelta(hours=24)
"""Time for which a provider keeps the care core after the end of a link (rule R6)."""


_sent = cast(Table, Projection.__table__)
_FIRST_SENT = insert(_sent)
_STATE = ("version", "shown_version", "digest", "sent_at")
_NOT_ENDED = ("erase_after", "erased_at", "receipt")
_of_target = [_sent.c[name] == bindparam(f"of_{name}") for name in Target._fields]
_SENT_AGAIN = (
    update(_sent)
    .where(*_of_target)
    .values({name: bindparam(name) for name in _STATE} | dict.fromkeys(_NOT_ENDED, null()))
)
_RAISED = update(_sent).where(*_of_target).values(version=bindparam("raised"))


@dataclass(frozen=True)
class Change:
    """The current projection of one target, beside the row of the version sent before."""

    target: Target
    content: Content
    digest: str
    before: Row[Any] | None

    @property
    def is_new(self) -> bool:
        return self.before is None or self.before.digest != self.digest

    @property
    def version(self) -> int:
        """The version at which the content leaves, or left before."""
        if self.before is None:
            return 1
        return self.before.version + (1 if self.is_new else 0)


def lock_children(write: Write, child_ids: Iterable[str]) -> None:
    """
    Lock these children, and files joined to theirs, until the commit: always in one order.

    Those that this transaction has locked before are locked. SQLite has one writer, and needs no
    lock.
    """
    children = () if write.is_only_writer else set(child_ids) - write.locked_names
    if not children:
        return
    files = sorted(with_other_files(write, children))
    write.locked_names.update(files)
    for batch in chunks(files):
        write.execute(
            select(Child.id)
            .where(Child.id.in_(batch))
            .order_by(Child.id)
            .with_for_update(key_share=True)
        ).all()


def lock_home(write: Write, household_id: str) -> Sequence[str]:
    """
    Lock a household with its children until the commit; return those who live there then.

    What is decided of a home is read after this. Who brings a child into it inserts a line that
    refers to its row, and waits for it; those who came before are read again.
    """
    lock_children(write, children_living_in(write, household_id))
    write.get(Household, household_id, with_for_update=True)
    living = children_living_in(write, household_id)
    lock_children(write, living)
    return living


def targets_at_linked_providers(
    write: Write, child_ids: Collection[str], projections: Collection[str]
) -> list[Target]:
    """
    Return these projections of these children for every provider with an open link.

    A provider that has a joined file receives it under the id that it has. With who answers for a
    child goes what depends on it.
    """
    if FAMILY in projections:
        projections = dict.fromkeys((*projections, *BY_GUARDIANS))
    return [
        Target(child_id, provider, projection)
        for child_id, provider in children_and_providers_linked(
            write, with_other_files(write, child_ids)
        )
        for projection in projections
    ]


def publish_changes(
    write: Write,
    policy: AccessPolicy,
    targets: Collection[Target],
    when: Instant,
    *,
    again: bool = False,
    quiet: bool = False,
    before: Mapping[Target, Row[Any]] | None = None,
) -> list[ProjectionMessage]:
    """
    Publish each target's projection if it changed, or in any case if `again`.

    A target to which the provider is not entitled is left out; if it had the projection before, the
    change is counted, so that it learns of it should it be entitled again. `quiet` changes come
    from rulings and households: families are not shown that something was sent (rules R7, R9).
    `before` is what was sent of these, where the caller has read it under the lock. Returns the
    messages published.
    """
    if not targets:
        return []
    lock_children(write, (target.child_id for target in targets))
    known = states_sent_before(write, targets) if before is None else before
    changes = _compute_changes(write, policy, targets, when, known)
    news = [change for change in changes if change.is_new]
    _store_changes(write, policy, news, when, quiet=quiet)
    return send_messages(
        write,
        policy,
        [
            ProjectionMessage(change.target, change.version, change.content)
            for change in (changes if again else news)
        ],
    )


def publish_all_tombstones(
    write: Write, policy: AccessPolicy, child_id: str, provider: str, when: Instant
) -> list[ProjectionMessage]:
    """Publish tombstones of all projections the provider has of the child; end its grants too."""
    end_all_grants(write, child_id, provider, when)
    end_service_handovers_of_link(write, policy, child_id, provider, when)
    return publish_tombstones(write, policy, child_id, provider, PROJECTIONS, when)


def publish_tombstones(
    write: Write,
    policy: AccessPolicy,
    child_id: str,
    provider: str,
    projections: Collection[str],
    when: Instant,
) -> list[ProjectionMessage]:
    """Publish tombstones of these projections, if the provider has them."""
    lock_children(write, [child_id])
    rows = write.scalars(
        select(Projection).where(
            Projection.child_id == child_id,
            Projection.provider == provider,
            Projection.projection.in_(projections),
            Projection.digest.is_not(None),
        )
    ).all()
    for row in rows:
        row.version += 1
        row.shown_version = row.version
        row.digest = None
        row.sent_at = when.moment
        row.erase_after = _erasure_moment_of_projection(row.projection, when.moment)
    write.flush()
    return send_messages(write, policy, [_make_tombstone(row) for row in rows])


def _make_tombstone(row: Projection) -> ProjectionMessage:
    """Return the message that ends a projection, at its present version."""
    target = Target(row.child_id, row.provider, row.projection)
    return ProjectionMessage(target, row.version, None, row.erase_after)


def raise_versions(write: Write, versions: Mapping[Target, int]) -> None:
    """Count what was sent of these targets from a version on that was never sent."""
    rows = [
        {**_bind_target_parameters(target), "raised": version}
        for target, version in versions.items()
    ]
    if rows:
        write.flush()
        write.connection().execute(_RAISED, rows)


def _bind_target_parameters(target: Target) -> dict[str, Any]:
    return {f"of_{name}": value for name, value in target._asdict().items()}


def _is_sent_and_not_ended(row: Row[Any] | None) -> bool:
    return row is not None and row.digest is not None


def _erasure_moment_of_projection(projection: str, closed_at: datetime) -> datetime:
    return closed_at + CARE_CORE_STAYS if projection == CARE_CORE else closed_at


def _compute_changes(
    write: Write,
    policy: AccessPolicy,
    targets: Collection[Target],
    when: Instant,
    before: Mapping[Target, Row[Any]],
) -> list[Change]:
    key = ensure_own_key(write, DIGESTS)
    conditional = conditional_targets(write, policy, targets, when.day)
    due = {
        target
        for target in targets
        if target.projection in policy.entitled_projections(target.provider)
        or target in conditional
        or _is_sent_and_not_ended(before.get(target))
    }
    prepared = prepared_projection_contents(write, key, due, when.day)
    return [Change(target, *prepared[target], before.get(target)) for target in sorted(due)]


def _store_changes(
    write: Write, policy: AccessPolicy, changes: Iterable[Change], when: Instant, *, quiet: bool
) -> None:
    first, again = [], []
    for change in changes:
        state = _sent_state(policy, change, when, quiet=quiet)
        if change.before is None:
            first.append(_UNHEARD | change.target._asdict() | state)
        else:
            again.append(_bind_target_parameters(change.target) | state)
    write.flush()
    if first:
        write.connection().execute(_FIRST_SENT, first)
    if again:
        write.connection().execute(_SENT_AGAIN, again)


def _sent_state(
    policy: AccessPolicy, change: Change, when: Instant, *, quiet: bool
) -> dict[str, object]:
    before = change.before
    hidden = quiet and before is not None and before.digest is not None
    leaves = policy.may_send_now(change.target.provider, change.target.projection)
    return {
        "version": change.version,
        "shown_version": before.shown_version if hidden and before else change.version,
        "digest": change.digest,
        "sent_at": before.sent_at if before and (hidden or not leaves) else when.moment,
    }
