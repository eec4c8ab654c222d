"""Links between a child and a provider: opened, closed, and what then flows or ends."""

from collections.abc import Collection

from services.dossier.households.queries.guardianships import guardians_of_other_homes
from services.dossier.households.queries.ids_of_joined_files import (
    all_ids_of_child,
    id_at_provider_among_files,
)
from services.dossier.households.queries.protection import (
    providers_known_to_guardian,
    view_of_guardian,
)
from services.dossier.households.queries.record_holds import refuse_held_file
from services.dossier.households.queries.trial_children import trial_provider_of_member
from services.dossier.models import GUARDIAN_REQUEST, SCHOOL_LIST, Link
from services.dossier.sharing.guardian_cards.commands import publish_cards_of_children
from services.dossier.sharing.links.queries.provider_links import latest_link
from services.dossier.sharing.publishing.commands.projection_publisher import (
    lock_children,
    publish_all_tombstones,
    publish_changes,
    targets_at_linked_providers,
)
from services.dossier.sharing.rules.access_policy import AccessPolicy, refuse_unknown_provider
from services.dossier.sharing.rules.projection_targets import Target
from shared.contracts.errors import NotEntitled, NotFound
from shared.database import Write
from shared.dates.instant import Instant
from shared.register.entitlement import FAMILY, PROJECTIONS
from shared.runtime.ids import new_id


def link_child_to_provider(
    write: Write,
    policy: AccessPolicy,
    child_id: str,
    provider: str,
    when: Instant,
    origin: str = GUARDIAN_REQUEST,
    by: str | None = None,
) -> Link:
    """
    Link the child to a running provider, and send all that the register entitles it to.

    Of an open link, under whichever id of the child, it takes back that `by`, or who shares a home
    of the child, wanted it to end, and changes nothing else. Raises ProviderUnknown, and NotFound
    where the file is held.
    """
    refuse_unknown_provider(policy, [provider], trial_provider_of_member(write, child_id))
    lock_children(write, [child_id])
    refuse_held_file(write, child_id)
    files = all_ids_of_child(write, child_id)
    child_id = id_at_provider_among_files(write, files, child_id, provider)
    link = latest_link(write, child_id, provider)
    if link is not None and link.closed_at is None:
        if by is not None:
            _take_wish_back(write, child_id, _latest_links(write, files, provider), by, when)
        return link
    link = add_link(write, policy, child_id, provider, when, origin, after=link)
    publish_changes(write, policy, _targets_at_provider(write, child_id, provider), when)
    _publish_other_joined_files(write, policy, files, child_id, provider, when)
    publish_cards_of_children(write, policy, [child_id], when)
    return link


def add_link(
    write: Write,
    policy: AccessPolicy,
    child_id: str,
    provider: str,
    when: Instant,
    origin: str,
    after: Link | None = None,
) -> Link:
    """
    Store an open link, without telling anything yet; there is no other way to one.

    Raises ProviderUnknown for a real child and a provider on trial, or the other way round.
    """
    refuse_unknown_provider(policy, [provider], trial_provider_of_member(write, child_id))
    link = Link(
        id=new_id(),
        child_id=child_id,
        provider=provider,
        version=after.version + 1 if after else 1,
        origin=origin,
        opened_at=when.moment,
    )
    write.add(link)
    write.flush()
    return link


def close_link(
    write: Write, policy: AccessPolicy, child_id: str, provider: str, when: Instant, by: str
) -> Link:
    """
    End the link: tombstones leave, the care core stays 24 hours more (rule R6).

    Where somebody has authority too and shares no home of the child with `by`, wherever they live,
    it ends once they want it to as well: what is not of every day is for both (art. 372-2 Code
    civil). Who has no account asks at the front desk, in an accompanied session or by the access
    handed over there. Until then it is noted, and the link stays open. Changes nothing where it has
    ended, or began anew since a home of others is protected (rule R9). Raises NotFound where this
    guardian knows of none, and NotEntitled for one born of the school list: schooling is
    compulsory, the school service records its end.
    """
    lock_children(write, [child_id])
    view = view_of_guardian(write, by, child_id)
    known = providers_known_to_guardian(write, child_id, view)
    links = _latest_links(write, all_ids_of_child(write, child_id), provider)
    if not links or (known is not None and provider not in known):
        raise NotFound(child_id=child_id, provider=provider)
    running = [link for link in view.links_known_to_guardian(links) if link.closed_at is None]
    if any(link.origin == SCHOOL_LIST for link in running):
        raise NotEntitled(origin=SCHOOL_LIST)
    others = guardians_of_other_homes(write, child_id, by, when.day)
    if others and not any(link.end_asked_by in others for link in running):
        for link in running:
            link.end_asked_by, link.end_asked_at = by, when.moment
        return running[-1] if running else links[-1]
    for link in running:
        end_link(write, policy, link, when)
    if running:
        publish_cards_of_children(write, policy, [child_id], when)
    return running[-1] if running else links[-1]


def _latest_links(write: Write, files: Collection[str], provider: str) -> list[Link]:
    return [link for each in files if (link := latest_link(write, each, provider)) is not None]


def _take_wish_back(
    write: Write, child_id: str, links: Collection[Link], by: str, when: Instant
) -> None:
    """Forget that this guardian or one of the same home wanted the end; the others' wish stays."""
    wished = [link for link in links if link.closed_at is None and link.end_asked_by is not None]
    others = guardians_of_other_homes(write, child_id, by, when.day) if wished else ()
    for link in wished:
        if link.end_asked_by not in others:
            link.end_asked_by = link.end_asked_at = None


def end_link(write: Write, policy: AccessPolicy, link: Link, when: Instant) -> None:
    """End an open link of a child that is held; its guardians' cards are published afterwards."""
    link.closed_at = when.moment
    link.end_asked_by = link.end_asked_at = None
    link.version += 1
    write.flush()
    publish_all_tombstones(write, policy, link.child_id, link.provider, when)
    files = all_ids_of_child(write, link.child_id)
    _publish_other_joined_files(write, policy, files, link.child_id, link.provider, when)


def _targets_at_provider(write: Write, child_id: str, provider: str) -> list[Target]:
    return [
        target
        for target in targets_at_linked_providers(write, [child_id], PROJECTIONS)
        if target.provider == provider
    ]


def _publish_other_joined_files(
    write: Write,
    policy: AccessPolicy,
    files: Collection[str],
    child_id: str,
    provider: str,
    when: Instant,
) -> None:
    """Tell a provider of the joined files that it has beside this one, or no longer has."""
    beside = [Target(each, provider, FAMILY) for each in files if each != child_id]
    if not beside:
        return
    linked = {
        target.child_id
        for target in targets_at_linked_providers(
            write, [each.child_id for each in beside], [FAMILY]
        )
        if target.provider == provider
    }
    publish_changes(
        write, policy, [each for each in beside if each.child_id in linked], when, quiet=True
    )
