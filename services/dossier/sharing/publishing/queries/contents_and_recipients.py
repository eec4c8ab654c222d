"""
Contents as they were sent and as they would be now, and recipients of a change: conditional
targets, those that its author was shown, files held beside.
"""

from collections.abc import Collection
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from services.dossier.households.queries.guardianships import contents_for_projections
from services.dossier.households.queries.ids_of_joined_files import (
    all_ids_of_child,
    joins_in_force_of,
)
from services.dossier.models import Link, Projection
from services.dossier.sections.rules.digests import content_digest
from services.dossier.sections.rules.projections import Content, prepare_projection
from services.dossier.sharing.grants.queries.food_on_occasion import food_targets_of_day
from services.dossier.sharing.grants.queries.guardian_grants import granted_targets_in_force
from services.dossier.sharing.grants.queries.projections_by_activity import targets_at_activities
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.sharing.rules.projection_targets import Target
from shared.database.prebuilt_statements import among_parameter, list_parameter, rows_among
from shared.dates.instant import Instant
from shared.register.entitlement import FAMILY

_sent = Projection.__table__.c
_SENT_BEFORE = select(
    *(_sent.child_id, _sent.provider, _sent.projection),
    *(_sent.version, _sent.shown_version, _sent.digest, _sent.sent_at, _sent.erase_after),
    _sent.received_version,
).where(
    _sent.child_id.in_(among_parameter()),
    _sent.provider.in_(list_parameter("providers")),
    _sent.projection.in_(list_parameter("projections")),
)
_OPEN_LINKS = select(Link.child_id, Link.provider).where(
    Link.child_id.in_(among_parameter()), Link.closed_at.is_(None)
)


class Prepared(NamedTuple):
    """A projection as it is on a day, and its digest."""

    content: Content
    digest: str


def states_sent_before(session: Session, targets: Collection[Target]) -> dict[Target, Row[Any]]:
    """Return by target the versions, digest and moments of what was sent before."""
    children = {target.child_id for target in targets}
    which = {
        "providers": {target.provider for target in targets},
        "projections": {target.projection for target in targets},
    }
    wanted = set(targets)
    return {
        target: row
        for row in rows_among(session, _SENT_BEFORE, children, **which)
        if (target := Target(*row[:3])) in wanted
    }


def children_and_providers_linked(
    session: Session, child_ids: Collection[str]
) -> list[tuple[str, str]]:
    """Return child and provider of the links of these children that are open."""
    return [(row.child_id, row.provider) for row in rows_among(session, _OPEN_LINKS, child_ids)]


def prepared_projection_contents(
    session: Session, key: bytes, targets: Collection[Target], day: date
) -> dict[Target, Prepared]:
    """Return these targets as they are on that day, each projection of a child computed once."""
    children = {target.child_id for target in targets}
    projections = {target.projection for target in targets}
    contents = contents_for_projections(session, children, projections, day)
    twice = other_files_by_target(session, {each for each in targets if each.projection == FAMILY})
    computed: dict[tuple[str, str], Prepared] = {}
    prepared = {}
    for target in targets:
        child_id, projection = target.child_id, target.projection
        if (child_id, projection) not in computed:
            content = prepare_projection(projection, contents[child_id], day)
            digest = content_digest(key, child_id, projection, content)
            computed[child_id, projection] = Prepared(content, digest)
        prepared[target] = computed[child_id, projection]
        if target in twice:
            content = {**prepared[target].content, "same_child": twice[target]}
            digest = content_digest(key, child_id, projection, content)
            prepared[target] = Prepared(content, digest)
    return prepared


def conditional_targets(
    session: Session, policy: AccessPolicy, targets: Collection[Target], day: date
) -> set[Target]:
    """Return the targets that an activity (R2), a grant (R4) or a food event (R3) justifies."""
    on_request = {
        target
        for target in targets
        if policy.is_sent_on_request(target.provider, target.projection)
    }
    on_occasion = {
        target
        for target in targets
        if policy.is_sent_on_occasion(target.provider, target.projection)
    }
    if on_request:
        on_request &= granted_targets_in_force(session, {target.child_id for target in on_request})
    if on_occasion:
        on_occasion &= food_targets_of_day(
            session, {target.child_id for target in on_occasion}, day
        )
    return on_request | on_occasion | targets_at_activities(session, policy, targets)


def recipients_of_shown_content(
    session: Session,
    policy: AccessPolicy,
    targets: Collection[Target],
    section: str,
    versions: tuple[Content, Content],
    when: Instant,
) -> set[str]:
    """
    Return the providers that would receive the change if only the shown content existed.

    `versions` are the section as it was shown, and as it is now. The real recipients would betray
    withheld content: a first number that changes, and no service receives it.
    """
    projections = {target.projection for target in targets}
    conditional = conditional_targets(session, policy, targets, when.day)
    recipients: set[str] = set()
    for child_id in {target.child_id for target in targets}:
        contents = contents_for_projections(session, [child_id], projections, when.day)[child_id]
        before, after = ({**contents, section: content} for content in versions)
        for target in targets:
            projected = [
                prepare_projection(target.projection, content, when.day)
                for content in (before, after)
            ]
            entitled = (
                target.projection in policy.entitled_projections(target.provider)
                or target in conditional
            )
            if target.child_id == child_id and entitled and projected[0] != projected[1]:
                recipients.add(target.provider)
    return recipients


def other_files_by_target(session: Session, targets: Collection[Target]) -> dict[Target, list[str]]:
    """
    Return by target the other files of the same child that this provider has, sorted.

    A target of a provider that has one of them alone is left out: that there was another is
    nothing that it may know.
    """
    if not targets:
        return {}
    joins = joins_in_force_of(session, {target.child_id for target in targets})
    joined = {one for join in joins for one in (join.kept_id, join.other_id)}
    found: dict[Target, list[str]] = {}
    for target in targets:
        if target.child_id not in joined:
            continue
        held = select(Link.child_id).where(
            Link.child_id.in_(all_ids_of_child(session, target.child_id)),
            Link.child_id != target.child_id,
            Link.provider == target.provider,
            Link.closed_at.is_(None),
        )
        if others := sorted(set(session.scalars(held))):
            found[target] = others
    return found
