"""
Record hold: one named agent holds a child's file after the child's death (rules' test 10).

From then on no service sends a message, reminder, bill or renewal by itself: links end, cards no
longer name the child, and the services that had it are asked to mute it. The bills of its homes
leave again when that agent says so, once the family was spoken to; the rest stays silent.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.households.queries.guardianships import homes_of_child
from services.dossier.households.queries.ids_of_joined_files import (
    all_ids_of_child,
    kept_id_of,
    refuse_joined_file,
)
from services.dossier.models import RETENTION, Child, Link, RecordHold
from services.dossier.sharing.publishing.commands.projection_publisher import (
    lock_children,
    publish_all_tombstones,
)
from services.dossier.sharing.rules.access_policy import AccessPolicy
from shared.contracts.dossier.families.safeguarding import FileHeld, file_held
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.dates.instant import Instant

BILLING = "billing"


def put_file_on_hold(
    write: Write, policy: AccessPolicy, child_id: str, held_by: str, *, by: str, when: Instant
) -> RecordHold:
    """
    Hold a child's file, or pass it to another agent; end every link, the school's too.

    Files joined to it are held with it. Returns the hold; the caller publishes the guardians'
    cards. Raises NotFound.
    """
    _lock_child(write, child_id)
    holds = [
        _put_file_of_child_on_hold(write, policy, each, held_by, by=by, when=when)
        for each in all_ids_of_child(write, child_id)
    ]
    return holds[0]


def _put_file_of_child_on_hold(
    write: Write, policy: AccessPolicy, child_id: str, held_by: str, *, by: str, when: Instant
) -> RecordHold:
    row = write.get(RecordHold, child_id)
    if row is None:
        row = RecordHold(child_id=child_id, version=0)
        write.add(row)
    is_new = row.version == 0 or row.released_at is not None
    row.held_by, row.recorded_by, row.recorded_at = held_by, by, when.moment
    row.released_at = None
    if is_new:
        row.version += 1
        row.billed_since = None
        write.flush()
        _end_links(write, policy, child_id, when)
        _publish_record_hold(write, policy, row, when)
    return row


def release_held_file(
    write: Write, policy: AccessPolicy, child_id: str, *, by: str, when: Instant
) -> RecordHold:
    """Let a file go; raises NotFound where it is not held `by` this agent. Links stay ended."""
    own, *others = _holds_of_agent(write, child_id, by)
    for each in (own, *others):
        each.recorded_by, each.released_at = by, when.moment
        _publish_next_version_of_hold(write, policy, each, when)
    return own


def bill_homes_again(
    write: Write, policy: AccessPolicy, child_id: str, *, by: str, when: Instant
) -> RecordHold:
    """Let the bills of a held child's homes leave again; raises NotFound as `release_file`."""
    own, *others = _holds_of_agent(write, child_id, by)
    if own.billed_since is not None:
        raise NotFound(child_id=child_id)
    for each in (own, *others):
        each.recorded_by, each.billed_since = by, when.moment
        _publish_next_version_of_hold(write, policy, each, when)
    return own


def let_go_of_erased_files(
    write: Write, policy: AccessPolicy, child_ids: Collection[str], when: Instant
) -> None:
    """
    Let go of the files of which nothing is left: no page shows them.

    Nobody decided that bills of their homes leave again, and billing is told so.
    """
    held = select(RecordHold).where(
        RecordHold.child_id.in_(child_ids), RecordHold.released_at.is_(None)
    )
    for row in write.scalars(held.order_by(RecordHold.child_id).with_for_update()).all():
        row.recorded_by, row.released_at = RETENTION, when.moment
        _publish_next_version_of_hold(write, policy, row, when)


def _holds_of_agent(write: Write, child_id: str, agent: str) -> list[RecordHold]:
    """Return an agent's active hold of a child, locked, and those of the files joined to it."""
    _lock_child(write, child_id)
    row = write.get(RecordHold, child_id)
    if row is None or row.released_at is not None or row.held_by != agent:
        raise NotFound(child_id=child_id)
    others = (write.get(RecordHold, each) for each in all_ids_of_child(write, child_id)[1:])
    return [row, *(hold for hold in others if hold and hold.released_at is None)]


def _publish_next_version_of_hold(
    write: Write, policy: AccessPolicy, row: RecordHold, when: Instant
) -> None:
    row.version += 1
    write.flush()
    _publish_record_hold(write, policy, row, when)


def _lock_child(write: Write, child_id: str) -> None:
    lock_children(write, [child_id])
    refuse_joined_file(write, child_id)
    if write.get(Child, child_id) is None:
        raise NotFound(child_id=child_id)


def _end_links(write: Write, policy: AccessPolicy, child_id: str, when: Instant) -> None:
    for link in _links_of_child(write, child_id):
        if link.closed_at is None:
            link.closed_at = when.moment
            link.version += 1
            write.flush()
            publish_all_tombstones(write, policy, child_id, link.provider, when)


def _publish_record_hold(
    write: Write, policy: AccessPolicy, row: RecordHold, when: Instant
) -> None:
    for principal in _principals_of_child(write, policy, row.child_id):
        write.publish(file_held, event_of_record_hold(write, row, principal, when), to=principal)


def event_of_record_hold(
    session: Session, row: RecordHold, principal: str, when: Instant
) -> FileHeld:
    """Return a hold as a principal is sent it: billing with the households, nobody else."""
    kept_id = kept_id_of(session, row.child_id)
    held = row.released_at is None
    waits = principal == BILLING and row.billed_since is None
    return FileHeld(
        row.child_id,
        row.version,
        sorted(homes_of_child(session, kept_id)) if waits and held else [],
        held=held,
        at=when.moment,
        lapsed=waits and not held and row.recorded_by == RETENTION,
    )


def publish_record_hold_again(
    write: Write, policy: AccessPolicy, child_id: str, above: int, when: Instant
) -> None:
    """Publish a hold as it is, at a version above the one that somebody stores."""
    row = write.get(RecordHold, child_id, with_for_update=True)
    if row is not None:
        row.version = max(row.version, above) + 1
        write.flush()
        _publish_record_hold(write, policy, row, when)


def _principals_of_child(write: Write, policy: AccessPolicy, child_id: str) -> list[str]:
    """Return billing, and the providers that have or had the child."""
    providers = {link.provider for link in _links_of_child(write, child_id)}
    return [
        BILLING,
        *(policy.principals[code] for code in sorted(providers) if code in policy.principals),
    ]


def _links_of_child(write: Write, child_id: str) -> Collection[Any]:
    found = select(Link).where(Link.child_id == child_id).order_by(Link.provider, Link.version)
    return write.scalars(found.execution_options(populate_existing=True)).all()
