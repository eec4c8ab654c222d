"""
Protected households (rule R9): no régie is shown where one lives, nor finds one without a bill.

The dossier says which households are protected (`household_told`). The family itself is shown
everything: its own bills carry its own address.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from services.billing.chunks import chunks
from services.billing.models import Household

PLACES = ("residence", "commune")
"""What the reason of a price says of where the payer lives."""


def is_protected(session: Session, household_id: str) -> bool:
    """Say whether a household is protected now."""
    return bool(protected_among(session, [household_id]))


def protected_among(session: Session, household_ids: Collection[str]) -> set[str]:
    """Return those of these households that are protected now."""
    return {
        household_id
        for some in chunks(household_ids)
        for household_id in session.scalars(
            select(Household.id).where(Household.id.in_(some), Household.protected.is_(True))
        )
    }


def stands_protected(household_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition of a household that is protected now."""
    return exists().where(Household.id == household_id, Household.protected.is_(True))


def name_alone(block: Sequence[str]) -> Sequence[str]:
    """Return an address block without its street and town."""
    return block[:1]


def without_place(line: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a bill's line whose reason does not say where the payer lives."""
    return {**line, "reason": reason_without_place(line["reason"])}


def reason_without_place(reason: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the reason of a price without the payer's commune and residence class."""
    params = reason.get("params", {})
    kept = {name: value for name, value in params.items() if name not in PLACES}
    return {**reason, "params": kept}
