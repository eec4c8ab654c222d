"""
A guardian has one projection sent to one provider more, for one child, up to a day (rule R4).

It only adds: what a provider receives by the register it receives without this. What the register
does not list as taken on request cannot be asked for, and the broker has no way for it.
"""

from services.dossier.households.queries.guardianships import homes_of_child
from services.dossier.households.queries.ids_of_joined_files import (
    id_of_child_at_provider,
    kept_id_of,
)
from services.dossier.households.queries.protection import (
    protected_homes_of,
    providers_shown,
    view_of_guardian,
)
from services.dossier.models import GuardianGrant
from services.dossier.sharing.grants.queries.guardian_grants import grant_in_force
from services.dossier.sharing.links.queries.provider_links import latest_link
from services.dossier.sharing.publishing.commands.projection_publisher import (
    lock_children,
    publish_changes,
)
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.sharing.rules.projection_targets import Target
from services.dossier.sharing.streams.commands.conditional_grants import reconcile_targets
from shared.contracts.dossier.sharing import grants as contracts
from shared.contracts.dossier.sharing.grants import LONGEST, guardian_grant_changed
from shared.contracts.errors import BadRequest, NotEntitled, NotFound
from shared.database import Write
from shared.dates.instant import Instant
from shared.runtime.ids import new_id


def grant_projection(
    write: Write,
    policy: AccessPolicy,
    request: contracts.GrantProjectionRequest,
    *,
    by: str,
    when: Instant,
) -> None:
    """
    Send a projection now and at each change; the same grant again moves its last day.

    Raises NotFound for a provider that the guardian does not know to have the child, NotEntitled
    for what it does not take, BadRequest for a last day that is past or too far.
    """
    child_id = id_of_child_at_provider(write, request.child_id, request.provider)
    target = Target(child_id, request.provider, request.projection)
    lock_children(write, [target.child_id])
    link = latest_link(write, target.child_id, target.provider)
    if link is None or link.closed_at is not None or not _may_guardian_know_link(write, target, by):
        raise NotFound(provider=target.provider)
    if not policy.is_sent_on_request(target.provider, target.projection):
        raise NotEntitled(provider=target.provider, projection=target.projection)
    if not when.day <= request.until <= when.day + LONGEST:
        raise BadRequest(errors={"until": ["between today and a year"]})
    grant = grant_in_force(write, target)
    if grant is not None:
        grant.given_by, grant.given_at, grant.until = by, when.moment, request.until
    else:
        grant = GuardianGrant(
            id=new_id(),
            **target._asdict(),
            given_by=by,
            given_at=when.moment,
            until=request.until,
        )
        write.add(grant)
    write.flush()
    publish_changes(write, policy, [target], when)
    _publish_grant(write, grant, when)


def end_grant(
    write: Write,
    policy: AccessPolicy,
    request: contracts.EndGrantRequest,
    *,
    by: str,
    when: Instant,
) -> None:
    """
    Withdraw a grant: the provider erases what it holds by it, and gives a receipt.

    Any guardian with authority may, as any may have it sent. Raises NotFound where none is open, or
    none that this guardian knows of.
    """
    child_id = id_of_child_at_provider(write, request.child_id, request.provider)
    target = Target(child_id, request.provider, request.projection)
    lock_children(write, [target.child_id])
    grant = grant_in_force(write, target)
    view = view_of_guardian(write, by, target.child_id)
    if grant is None or (grant.given_by != by and not view.is_everything_shown):
        raise NotFound(provider=target.provider)
    grant.ended_at, grant.ended_by = when.moment, by
    write.flush()
    reconcile_targets(write, policy, [target], when)
    _publish_grant(write, grant, when)


def _may_guardian_know_link(write: Write, target: Target, by: str) -> bool:
    """Say whether this guardian may know that the provider has the child (rule R9)."""
    view = view_of_guardian(write, by, target.child_id)
    return target.provider in providers_shown(write, target.child_id, view)


def _publish_grant(write: Write, grant: GuardianGrant, when: Instant) -> None:
    """Publish a grant to the child's households; to a protected one alone (rule R9)."""
    child_id = kept_id_of(write, grant.child_id)
    protected = [home.household_id for home in protected_homes_of(write, [child_id])[child_id]]
    for household_id in protected or homes_of_child(write, child_id):
        event = contracts.GuardianGrantChanged(
            household_id=household_id,
            key=f"{grant.id}-{when.moment.timestamp() * 1_000_000:.0f}",  # may end within a second
            provider=grant.provider,
            projection=grant.projection,
            child_id=child_id,
            until=grant.until,
            ended=grant.ended_at is not None,
            at=when.moment,
        )
        write.publish(guardian_grant_changed, event)
