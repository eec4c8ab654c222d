"""Ends the links of a provider that leaves the town, or moves them to its successor (rule R6)."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from services.dossier.models import OPERATOR_CHANGE, Link
from services.dossier.sharing.guardian_cards.commands import publish_cards_of_children
from services.dossier.sharing.links.commands.provider_links import add_link, end_link
from services.dossier.sharing.links.queries.offboarding import count_open_links
from services.dossier.sharing.links.queries.provider_links import latest_link
from services.dossier.sharing.publishing.commands.projection_publisher import (
    lock_children,
    publish_changes,
    targets_at_linked_providers,
)
from services.dossier.sharing.rules.access_policy import AccessPolicy
from shared.contracts.dossier.sharing.provider_changes import END, OPEN, LinksMoved
from shared.contracts.errors import BadRequest
from shared.database import Write
from shared.dates.instant import Instant
from shared.register.entitlement import PROJECTIONS

AT_ONCE = 100
"""Children in one request, so that families' writes go in between."""


def end_links(write: Write, policy: AccessPolicy, provider: str, when: Instant) -> LinksMoved:
    """
    End the next links of a provider that leaves; return how many ended and how many are left.

    Whatever they were born of, the school list too: nobody is there any more. Raises BadRequest for
    a provider that is not leaving.
    """
    if provider not in policy.leaving:
        raise BadRequest(errors={"provider": ["it is not leaving"]})
    return _end_links_of_children(write, policy, provider, _linked_children(write, provider), when)


def open_links_for_successor(
    write: Write, policy: AccessPolicy, provider: str, successor: str, when: Instant
) -> LinksMoved:
    """
    Link the next children of a provider to its successor, under its own entitlements.

    Returns which, and how many are left. A link that the family has since ended stays ended, also
    while the children were waited for.
    """
    found = _children_without_successor(write, provider, successor)
    lock_children(write, found)
    still = set(_children_without_successor(write, provider, successor))
    children = [child_id for child_id in found if child_id in still]
    for child_id in children:
        after = latest_link(write, child_id, successor)
        add_link(write, policy, child_id, successor, when, OPERATOR_CHANGE, after=after)
    targets = targets_at_linked_providers(write, children, PROJECTIONS)
    publish_changes(write, policy, [t for t in targets if t.provider == successor], when)
    publish_cards_of_children(write, policy, children, when)
    return LinksMoved(
        len(children), left=len(_children_without_successor(write, provider, successor))
    )


def end_links_for_successor(
    write: Write, policy: AccessPolicy, provider: str, successor: str, when: Instant
) -> LinksMoved:
    """End the next links of a provider whose children its successor has had."""
    children = [
        child_id
        for child_id in _linked_children(write, provider)
        if latest_link(write, child_id, successor) is not None
    ]
    return _end_links_of_children(write, policy, provider, children, when)


def _end_links_of_children(
    write: Write, policy: AccessPolicy, provider: str, children: Sequence[str], when: Instant
) -> LinksMoved:
    lock_children(write, children)
    for child_id in children:
        link = latest_link(write, child_id, provider)
        if link is not None and link.closed_at is None:
            end_link(write, policy, link, when)
    publish_cards_of_children(write, policy, children, when)
    return LinksMoved(len(children), left=count_open_links(write, provider))


STEPS = {OPEN: open_links_for_successor, END: end_links_for_successor}


def _linked_children(session: Session, provider: str) -> Sequence[str]:
    linked = select(Link.child_id).where(Link.provider == provider, Link.closed_at.is_(None))
    return session.scalars(linked.order_by(Link.child_id).limit(AT_ONCE)).all()


def _children_without_successor(session: Session, provider: str, successor: str) -> Sequence[str]:
    """
    Return children of a provider whom its successor has never had since.

    One whose link to the successor was ended after this one had begun is left as its family wants.
    """
    theirs = aliased(Link)
    known = (
        select(theirs.id)
        .where(
            theirs.child_id == Link.child_id,
            theirs.provider == successor,
            theirs.closed_at.is_(None) | (theirs.origin == OPERATOR_CHANGE),
        )
        .exists()
    )
    missing = select(Link.child_id).where(
        Link.provider == provider, Link.closed_at.is_(None), ~known
    )
    return session.scalars(missing.order_by(Link.child_id).limit(AT_ONCE)).all()
