"""
Conditional grants: projections beyond a provider's entitlement, for some children.

An activity of the child (rule R2), a guardian's grant (rule R4) or a food event (rule R3) justifies
them; a projection that one of them still justifies does not end with another.
"""

from collections.abc import Collection

from services.dossier.sharing.grants.commands import stored_activities_taken, stored_food_sessions
from services.dossier.sharing.publishing.commands.projection_publisher import (
    lock_children,
    publish_changes,
    publish_tombstones,
    targets_at_linked_providers,
)
from services.dossier.sharing.publishing.queries.contents_and_recipients import conditional_targets
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.sharing.rules.projection_targets import Target, food_targets
from shared.contracts.enrolment.sharing.activities_taken import ActivitiesTaken
from shared.contracts.enrolment.sharing.food_on_occasion import FoodAnnounced
from shared.database import Write
from shared.dates.instant import Instant


def reconcile_targets(
    write: Write, policy: AccessPolicy, targets: Collection[Target], when: Instant
) -> None:
    """
    Send the targets that are justified; end those that are not and that no entitlement covers.

    A provider without an open link to the child is sent nothing.
    """
    children = {target.child_id for target in targets}
    lock_children(write, children)
    linked = targets_at_linked_providers(write, children, {target.projection for target in targets})
    in_force = conditional_targets(write, policy, targets, when.day) & set(linked)
    publish_changes(write, policy, in_force, when)
    for child_id, provider, projection in sorted(set(targets) - in_force):
        if projection not in policy.entitled_projections(provider):
            publish_tombstones(write, policy, child_id, provider, [projection], when)


def apply_food_on_occasion(
    write: Write, policy: AccessPolicy, provider: str, event: FoodAnnounced, when: Instant
) -> None:
    """Open and close the projections of the children booked at a session with food."""
    children = stored_food_sessions.store_food_on_occasion(write, provider, event, when)
    reconcile_targets(
        write, policy, food_targets((child_id, provider) for child_id in children), when
    )


def apply_activities_taken(
    write: Write, policy: AccessPolicy, provider: str, event: ActivitiesTaken, when: Instant
) -> None:
    """Open what a child's activities at a provider ask for, and close what they no longer do."""
    lock_children(write, [event.child_id])
    if stored_activities_taken.store_activities_taken(write, provider, event):
        narrowed = policy.by_activity.get(provider, {})
        targets = [Target(event.child_id, provider, projection) for projection in narrowed]
        reconcile_targets(write, policy, targets, when)
