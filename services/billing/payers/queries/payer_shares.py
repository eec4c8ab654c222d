"""Divisions of a child's lines between two payers, read for many children at once."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.billing.models import Share, SharePart
from services.billing.payers.rules.payers_of_child_on_day import Division, Divisions
from shared.database.chunks import ordered_chunks


def payer_divisions_of_children(
    session: Session, provider: str, child_ids: Collection[str]
) -> Divisions:
    """Return every division of these children at a provider."""
    rows = [
        row
        for chunk in ordered_chunks(child_ids)
        for row in _shares_of_children(session, provider, chunk)
    ]
    if not rows:
        return Divisions()
    parts = _parts_of_shares(session, [row.id for row in rows])
    return Divisions(
        Division(row.child_id, row.valid_from, row.valid_to, row.id, parts[row.id]) for row in rows
    )


def divided_children(
    session: Session, provider: str, household_ids: Collection[str]
) -> Collection[str]:
    """Return the children of whose lines these households pay, or paid, a part at a provider."""
    return {
        child_id
        for chunk in ordered_chunks(household_ids)
        for child_id in session.scalars(
            select(Share.child_id)
            .join(SharePart, SharePart.share_id == Share.id)
            .where(Share.provider == provider, SharePart.household_id.in_(chunk))
        )
    }


def _shares_of_children(
    session: Session, provider: str, child_ids: Collection[str]
) -> Collection[Any]:
    return session.execute(
        select(Share.id, Share.child_id, Share.valid_from, Share.valid_to).where(
            Share.provider == provider, Share.child_id.in_(child_ids)
        )
    ).all()


def _parts_of_shares(
    session: Session, share_ids: Collection[str]
) -> Mapping[str, Mapping[str, int]]:
    parts: dict[str, dict[str, int]] = defaultdict(dict)
    for chunk in ordered_chunks(share_ids):
        rows = session.execute(
            select(SharePart.share_id, SharePart.household_id, SharePart.share_bp).where(
                SharePart.share_id.in_(chunk)
            )
        )
        for share_id, household_id, share_bp in rows:
            parts[share_id][household_id] = share_bp
    return parts
