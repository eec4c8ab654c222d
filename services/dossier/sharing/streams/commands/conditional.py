"""
What a provider has of some children besides: sent while something says so, and ended otherwise.

Either a guardian's act (rule R4) or a session with food (rule R3): what one of them still asks for
does not end with the other.
"""

from collections.abc import Collection

from services.dossier.sharing.grants.commands import food_events
from services.dossier.sharing.publishing.commands.publisher import (
    conditional_targets,
    lock_children,
    publish_changes,
    publish_tombstones,
    targets_of,
)
from services.dossier.sharing.rules.policy import AccessPolicy
from services.dossier.sharing.rules.targets import Target, food_targets
from shared.contracts.enrolment.food_events import FoodAnnounced
from shared.database import Write
from shared.dates.instant import Instant


def reconcile(
    write: Write, policy: AccessPolicy, targets: Collection[Target], when: Instant
) -> None:
    """
    Send of these what stands, and end what does not and no provider has of itself.

    Whatever somebody says of a child, a provider that does not have it is sent nothing.
    """
    children = {target.child_id for target in targets}
    lock_children(write, children)
    linked = targets_of(write, children, {target.projection for target in targets})
    in_force = conditional_targets(write, policy, targets, when) & set(linked)
    publish_changes(write, policy, in_force, when)
    for child_id, provider, projection in sorted(set(targets) - in_force):
        if projection not in policy.projections(provider):
            publish_tombstones(write, policy, child_id, provider, [projection], when)


def food_announced(
    write: Write, policy: AccessPolicy, provider: str, event: FoodAnnounced, when: Instant
) -> None:
    """Open and close what a session with food asks for, of who is booked there."""
    children = food_events.take(write, provider, event, when)
    reconcile(write, policy, food_targets((child_id, provider) for child_id in children), when)
