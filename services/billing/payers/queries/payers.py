"""Payers as pricing and address blocks need them: read for many households at once."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.billing import models
from services.billing.pricing.rules.inputs_and_lines import Address, Child, Payer, Quotient
from shared.database.chunks import ordered_chunks

_QUOTIENTS = models.Quotient.__table__.c
_ADDRESSES = models.Address.__table__.c
_CHILDREN = models.HouseholdChild.__table__.c
_HOUSEHOLDS = models.Household.__table__.c


def payer_names_by_household(session: Session, household_ids: Collection[str]) -> Mapping[str, str]:
    """Return by household the name that its bills bear."""
    return {
        household_id: payer
        for chunk in ordered_chunks(household_ids)
        for household_id, payer in session.execute(
            select(_HOUSEHOLDS.id, _HOUSEHOLDS.payer).where(_HOUSEHOLDS.id.in_(chunk))
        )
    }


def payers_by_household(session: Session, household_ids: Collection[str]) -> Mapping[str, Payer]:
    """Return by household the input of pricing; a household unknown to billing has an empty one."""
    quotients = all_quotients_by_household(session, household_ids)
    addresses = _rows_by_household(
        session,
        select(
            _ADDRESSES.household_id, _ADDRESSES.valid_from, _ADDRESSES.insee, _ADDRESSES.commune
        ).order_by(_ADDRESSES.valid_from),
        household_ids,
    )
    children = _rows_by_household(
        session,
        select(
            _CHILDREN.household_id,
            _CHILDREN.child_id,
            _CHILDREN.first_name,
            _CHILDREN.birth_date,
            _CHILDREN.same_as,
        ).order_by(_CHILDREN.birth_date, _CHILDREN.child_id),
        household_ids,
    )
    return {
        household_id: Payer(
            household_id,
            quotients[household_id],
            tuple(Address(*row) for row in addresses[household_id]),
            tuple(Child(*row) for row in children[household_id]),
        )
        for household_id in household_ids
    }


def all_quotients_by_household(
    session: Session, household_ids: Collection[str]
) -> Mapping[str, tuple[Quotient, ...]]:
    """Return by household its quotients as pricing reads them, in the order of their recording."""
    rows = _rows_by_household(
        session,
        select(
            _QUOTIENTS.household_id,
            _QUOTIENTS.cents,
            _QUOTIENTS.kind,
            _QUOTIENTS.valid_from,
            _QUOTIENTS.valid_to,
        ).order_by(_QUOTIENTS.recorded_at, _QUOTIENTS.id),
        household_ids,
    )
    return defaultdict(
        tuple,
        {
            household_id: tuple(Quotient(*(*row, order)) for order, row in enumerate(own_rows))
            for household_id, own_rows in rows.items()
        },
    )


def address_blocks_of(
    session: Session, household_ids: Collection[str], on: date
) -> Mapping[str, tuple[str, ...]]:
    """
    Return by household the lines of its address block on a day: name, street, town.

    A name alone where no address is known; nothing before the dossier published the household.
    """
    names = _rows_by_household(session, select(_HOUSEHOLDS.id, _HOUSEHOLDS.payer), household_ids)
    homes = _rows_by_household(
        session,
        select(_ADDRESSES.household_id, _ADDRESSES.street, _ADDRESSES.postcode, _ADDRESSES.commune)
        .where(_ADDRESSES.valid_from <= on)
        .order_by(_ADDRESSES.valid_from),
        household_ids,
    )
    return {
        household_id: tuple(_address_block(names[household_id], homes[household_id]))
        for household_id in household_ids
    }


def _address_block(names: Sequence[Any], homes: Sequence[Any]) -> Sequence[str]:
    if not names:
        return ()
    if not homes:
        return names[0]
    street, postcode, commune = homes[-1]
    return (*names[0], street, f"{postcode} {commune}")


def _rows_by_household(
    session: Session, rows: Select[Any], household_ids: Collection[str]
) -> Mapping[str, Sequence[Any]]:
    """Return the rows of these households by their first column, without it."""
    quotients: dict[str, list[object]] = defaultdict(list)
    key = rows.selected_columns[0]
    connection = session.connection()
    for chunk in ordered_chunks(household_ids):
        for row in connection.execute(rows.where(key.in_(chunk))).all():
            quotients[row[0]].append(tuple(row)[1:])
    return quotients
