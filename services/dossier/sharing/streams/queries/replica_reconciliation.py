"""Inventories of what providers should hold, and children of whom something is to be sent."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, bindparam, func, select, tuple_
from sqlalchemy.orm import Session

from services.dossier.digest_and_chain_keys import DIGESTS, own_key
from services.dossier.models import (
    PROJECTION_SUMS,
    CarerAccess,
    Guardianship,
    Link,
    Projection,
    Section,
)
from services.dossier.sharing.grants.queries import food_on_occasion as food_event_queries
from services.dossier.sharing.grants.queries.guardian_grants import select_children_past_last_day
from services.dossier.sharing.publishing.queries.contents_and_recipients import (
    Prepared,
    children_and_providers_linked,
    prepared_projection_contents,
    states_sent_before,
)
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.sharing.rules.projection_messages import ProjectionMessage
from services.dossier.sharing.rules.projection_targets import Target
from shared.contracts.dossier.sharing.inventory_comparison import (
    PAGE,
    parse_entry,
    position_of_entry,
)
from shared.contracts.every_service.bucket_sums import (
    Sum,
    digests_by_bucket,
    digests_by_bucket_and_kind,
)
from shared.database.comparison.sums import bucket_column, entry_column, read_sums
from shared.database.prebuilt_statements import execute, list_parameter
from shared.dates.instant import Instant

AT_ONCE = 500
"""Children in one transaction of a task, so that families' writes go in between."""


_sent = Projection.__table__.c
_place = tuple_(_sent.projection, _sent.child_id)
_LINES_OF_BUCKET = (
    select(entry_column(_sent.child_id, _sent.projection, _sent.version))
    .where(
        _sent.provider == bindparam("provider"),
        bucket_column(_sent.child_id) == bindparam("bucket"),
        _sent.projection.in_(list_parameter("projections")),
    )
    .order_by(_sent.projection, _sent.child_id)
    .limit(bindparam("most", type_=Integer))
)
"""
Lines of one bucket's entries, in the order of its index: for each of 256 buckets, and more pages.

In the order of children SQLite would walk all that was sent to the provider, for each bucket.
"""
_FOLLOWING_LINES = _LINES_OF_BUCKET.where(
    _place
    > tuple_(
        bindparam("last_projection", type_=_sent.projection.type),
        bindparam("last_child", type_=_sent.child_id.type),
    )
)


def digests_of_inventory(session: Session, policy: AccessPolicy, provider: str) -> dict[str, str]:
    """Return by bucket the digest of what the provider should hold, tombstones included."""
    return digests_by_bucket(_projection_sums(session, policy, provider))


def digests_of_buckets(
    session: Session, policy: AccessPolicy, provider: str, buckets: Collection[str]
) -> dict[tuple[str, str], str]:
    """Return the digests by bucket and projection, of these buckets alone."""
    within = PROJECTION_SUMS.c.bucket.in_(buckets)
    return digests_by_bucket_and_kind(_projection_sums(session, policy, provider, within))


def _projection_sums(
    session: Session, policy: AccessPolicy, provider: str, *more: ColumnElement[bool]
) -> list[Sum]:
    theirs = (
        PROJECTION_SUMS.c.provider == provider,
        PROJECTION_SUMS.c.projection.in_(policy.projections_ever_sent(provider)),
    )
    return read_sums(session, PROJECTION_SUMS, "projection", *theirs, *more)


def inventory_page(
    session: Session,
    policy: AccessPolicy,
    provider: str,
    projections: Mapping[str, Collection[str]],
    after: str,
) -> tuple[list[str], str]:
    """
    Return lines of entries that follow the place `after`, and the next place or "".

    They are of these projections by bucket, of all where none is named.
    """
    ceiling = policy.projections_ever_sent(provider)
    found: list[str] = []
    for bucket, named in sorted(projections.items()):
        if bucket >= after[: len(bucket)] and len(found) <= PAGE:
            wanted = ceiling.intersection(named) if named else ceiling
            place = _parse_place_in_bucket(bucket, after)
            lines = _FOLLOWING_LINES if place else _LINES_OF_BUCKET
            of_bucket = {"provider": provider, "bucket": bucket, "projections": wanted}
            most = PAGE + 1 - len(found)
            found += execute(session, lines, most=most, **of_bucket, **place).scalars()
    shown = found[:PAGE]
    return shown, position_of_entry(parse_entry(shown[-1])) if len(found) > PAGE else ""


def _parse_place_in_bucket(bucket: str, after: str) -> Mapping[str, str]:
    """Return projection and child of a place in this bucket; nothing of a place before it."""
    last_bucket, _, last = after.partition(" ")
    if last_bucket != bucket:
        return {}
    projection, _, child_id = last.partition(" ")
    return {"last_child": child_id, "last_projection": projection}


def rows_as_sent(
    session: Session, policy: AccessPolicy, targets: Sequence[Target], when: Instant
) -> list[ProjectionMessage]:
    """
    Return what was last sent of these targets, in their order.

    What may not be sent now is left out, and what is not as it was sent: who reads counts nothing.
    """
    key = own_key(session, DIGESTS)
    rows = {
        target: row
        for target, row in states_sent_before(session, targets).items()
        if policy.may_send_now(target.provider, target.projection, ends=row.digest is None)
    }
    linked = set(children_and_providers_linked(session, {target.child_id for target in rows}))
    live = {
        target
        for target, row in rows.items()
        if row.digest is not None and (target.child_id, target.provider) in linked
    }
    prepared = prepared_projection_contents(session, key, live, when.day) if key and live else {}
    found = (_as_sent(each, rows.get(each), prepared.get(each)) for each in targets)
    return [message for message in found if message is not None]


def _as_sent(
    target: Target, row: Row[Any] | None, prepared: Prepared | None
) -> ProjectionMessage | None:
    """Return the message that sent a target last, None where there is none or it says otherwise."""
    if row is None:
        return None
    acknowledged = row.received_version == row.version
    if row.digest is None:
        return ProjectionMessage(target, row.version, None, row.erase_after, acknowledged)
    if prepared is None or prepared.digest != row.digest:
        return None
    return ProjectionMessage(target, row.version, prepared.content, acknowledged=acknowledged)


def children_with_change_today(session: Session, when: Instant) -> Sequence[str]:
    """
    Return children for whom a ruling, guardianship, access or grant begins, or ends.

    Each is asked for alone: of a union in order SQLite reads all rows in that order.
    """
    turned = (
        select(Section.child_id).where(Section.turns_on <= when.day),
        select(Guardianship.child_id).where(Guardianship.turns_on <= when.day),
        select(CarerAccess.child_id).where(CarerAccess.turns_on <= when.day),
        select_children_past_last_day(when.day),
        food_event_queries.select_children_at_food_change(when.day),
    )
    found = {child_id for each in turned for child_id in session.scalars(each.limit(AT_ONCE))}
    return sorted(found)[:AT_ONCE]


def children_sent_too_little(
    session: Session, policy: AccessPolicy, provider: str, after: str
) -> tuple[Sequence[str], str]:
    """
    Return children of whom the provider has come to be entitled to more than it was sent.

    They are of those whose id follows `after`, and are given with the last one looked at, or "".
    """
    linked = session.scalars(
        select(Link.child_id)
        .where(Link.provider == provider, Link.closed_at.is_(None), Link.child_id > after)
        .order_by(Link.child_id)
        .limit(AT_ONCE)
    ).all()
    granted = policy.entitled_projections(provider)
    live = (
        select(Projection.child_id)
        .where(
            Projection.child_id.in_(linked),
            Projection.provider == provider,
            Projection.projection.in_(granted),
            Projection.digest.is_not(None),
        )
        .group_by(Projection.child_id)
        .having(func.count() == len(granted))
    )
    complete = set(session.scalars(live)) if granted else set(linked)
    last = linked[-1] if len(linked) == AT_ONCE else ""
    return [child_id for child_id in linked if child_id not in complete], last
