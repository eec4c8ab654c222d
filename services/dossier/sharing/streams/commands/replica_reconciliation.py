"""Keeps providers' replicas complete: sends again, and sends what a new day changes."""

from collections.abc import Collection

from sqlalchemy import select

from services.dossier.households.commands.households_for_billing import publish_households
from services.dossier.households.commands.next_changes_and_ended_accesses import (
    note_next_guardianship_changes,
)
from services.dossier.households.queries.households_for_billing import homes_of_children
from services.dossier.models import Section
from services.dossier.sections.queries import contents_of_sections
from services.dossier.sections.rules.projections import (
    TURNING,
    affected_projections,
    next_day_content_changes,
)
from services.dossier.sharing.grants.commands import stored_food_sessions
from services.dossier.sharing.grants.commands.ending_grants import end_due_grants
from services.dossier.sharing.guardian_cards.commands import publish_cards_of_children
from services.dossier.sharing.publishing.commands.projection_messages import send_messages
from services.dossier.sharing.publishing.commands.projection_publisher import (
    lock_children,
    publish_changes,
    raise_versions,
    targets_at_linked_providers,
)
from services.dossier.sharing.publishing.queries.contents_and_recipients import states_sent_before
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.sharing.rules.projection_messages import ProjectionMessage
from services.dossier.sharing.rules.projection_targets import Target
from services.dossier.sharing.streams.commands.conditional_grants import reconcile_targets
from shared.database import Write
from shared.dates.instant import Instant
from shared.register.entitlement import FAMILY


def resend_entries(
    write: Write,
    policy: AccessPolicy,
    provider: str,
    entries: Collection[tuple[str, str, int]],
    when: Instant,
) -> None:
    """
    Resend the entries that a provider misses, at their present versions.

    Entries that the provider may not have, or never had, are left out. What it holds at a version
    that was never sent is sent above that one, or it would not replace it; what it holds and was
    never sent at all is ended.
    """
    held = {
        Target(child_id, provider, projection): version
        for child_id, projection, version in entries
        if policy.is_ever_entitled(provider, projection)
    }
    targets = held.keys()
    lock_children(write, (target.child_id for target in targets))
    rows = states_sent_before(write, targets)
    raised = {
        target: held[target] + 1 for target, row in rows.items() if held[target] > row.version
    }
    raise_versions(write, raised)
    ended = [
        ProjectionMessage(target, raised.get(target, row.version), None, row.erase_after)
        for target, row in rows.items()
        if row.digest is None
    ]
    live = targets & set(_targets_with_open_link(write, targets))
    before = None if raised else rows  # what was raised is read again
    sent = publish_changes(write, policy, live, when, again=True, before=before)
    known = rows.keys() | {message.target for message in sent}
    strange = [
        ProjectionMessage(target, version + 1, None)
        for target, version in held.items()
        if version > 0 and target not in known
    ]
    send_messages(write, policy, [*ended, *strange])


def publish_day_changes(
    write: Write, policy: AccessPolicy, children: Collection[str], when: Instant
) -> None:
    """Publish what the day changed for these children, without showing it to families (rule R7)."""
    lock_children(write, children)
    contents = contents_of_sections(write, children, TURNING)
    turned = select(Section).where(Section.turns_on <= when.day, Section.child_id.in_(children))
    for row in write.scalars(turned):
        content = contents[row.child_id].get(row.section, {})
        row.turns_on = next_day_content_changes(row.section, content, when.day)
    write.flush()
    note_next_guardianship_changes(write, children, when)
    conditional = {
        *end_due_grants(write, children, when),
        *stored_food_sessions.note_next_changes_by_food(write, children, when),
    }
    reconcile_targets(write, policy, conditional, when)
    turning = dict.fromkeys(each for section in TURNING for each in affected_projections(section))
    changed = targets_at_linked_providers(write, children, (*turning, FAMILY))
    publish_changes(write, policy, changed, when, quiet=True)
    publish_households(write, homes_of_children(write, children), when)
    publish_cards_of_children(write, policy, children, when)


def complete_replicas(
    write: Write, policy: AccessPolicy, provider: str, children: Collection[str], when: Instant
) -> None:
    """Send what the provider has come to be entitled to since the links were opened."""
    targets = targets_at_linked_providers(write, children, policy.entitled_projections(provider))
    publish_changes(
        write, policy, [target for target in targets if target.provider == provider], when
    )


def _targets_with_open_link(write: Write, targets: Collection[Target]) -> list[Target]:
    children = {target.child_id for target in targets}
    return targets_at_linked_providers(write, children, {target.projection for target in targets})
