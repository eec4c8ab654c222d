"""
Record hold: one named agent holds a child's file after the child's death (rules' test 10).

From then on no service sends a message, reminder, bill or renewal by itself: links end, cards no
longer name the child, and the services that had it are told to mute it.
"""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select

from services.dossier.households.queries.guardianships import homes_of_child
from services.dossier.models import Child, Link, RecordHold
from services.dossier.sharing.publishing.commands.publisher import (
    lock_children,
    publish_all_tombstones,
)
from services.dossier.sharing.rules.policy import AccessPolicy
from shared.contracts.dossier.safeguarding import FileHeld, file_held
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.dates.instant import Instant

BILLING = "billing"


def hold_file(
    write: Write, policy: AccessPolicy, child_id: str, held_by: str, *, by: str, when: Instant
) -> RecordHold:
    """
    Hold a child's file, or pass it to another agent; end every link, the school's too.

    Returns the hold; the caller tells the guardians' cards. Raises NotFound.
    """
    _lock_child(write, child_id)
    row = write.get(RecordHold, child_id)
    if row is None:
        row = RecordHold(child_id=child_id, version=0)
        write.add(row)
    is_new = row.version == 0 or row.released_at is not None
    row.held_by, row.recorded_by, row.recorded_at = held_by, by, when.moment
    row.released_at = None
    if is_new:
        row.version += 1
        write.flush()
        _end_links(write, policy, child_id, when)
        _publish_hold(write, policy, row, when)
    return row


def release_file(
    write: Write, policy: AccessPolicy, child_id: str, *, by: str, when: Instant
) -> RecordHold:
    """Let a file go; raises NotFound where it is not held `by` this agent. Links stay ended."""
    _lock_child(write, child_id)
    row = write.get(RecordHold, child_id)
    if row is None or row.released_at is not None or row.held_by != by:
        raise NotFound(child_id=child_id)
    row.version += 1
    row.recorded_by, row.released_at = by, when.moment
    write.flush()
    _publish_hold(write, policy, row, when)
    return row


def _lock_child(write: Write, child_id: str) -> None:
    lock_children(write, [child_id])
    if write.get(Child, child_id) is None:
        raise NotFound(child_id=child_id)


def _end_links(write: Write, policy: AccessPolicy, child_id: str, when: Instant) -> None:
    for link in _links_of_child(write, child_id):
        if link.closed_at is None:
            link.closed_at = when.moment
            link.version += 1
            write.flush()
            publish_all_tombstones(write, policy, child_id, link.provider, when)


def _publish_hold(write: Write, policy: AccessPolicy, row: RecordHold, when: Instant) -> None:
    active = row.released_at is None
    for principal, households in _households_by_principal(write, policy, row.child_id).items():
        event = FileHeld(row.child_id, row.version, households, held=active, at=when.moment)
        write.publish(file_held, event, to=principal)


def _households_by_principal(
    write: Write, policy: AccessPolicy, child_id: str
) -> Mapping[str, list[str]]:
    """Return billing with the child's households, and who has or had it, with none."""
    providers = {link.provider for link in _links_of_child(write, child_id)}
    households: dict[str, list[str]] = {BILLING: homes_of_child(write, child_id)}
    households |= {
        policy.principals[code]: [] for code in sorted(providers) if code in policy.principals
    }
    return households


def _links_of_child(write: Write, child_id: str) -> Collection[Any]:
    found = select(Link).where(Link.child_id == child_id).order_by(Link.provider, Link.version)
    return write.scalars(found.execution_options(populate_existing=True)).all()
