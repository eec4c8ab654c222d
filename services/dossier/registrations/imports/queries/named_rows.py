"""
Children and homes that rows of a file name: certain, or why not.

A number is believed where the row names the same, as in `disputed_references.py`. Names alone are
believed of a child where one child has them, with that birth date, and no home of it is protected.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.households.queries.guardianships import children_born_near
from services.dossier.models import Child, Guardian, HouseholdGuardian, ImportDecision
from services.dossier.models.families.imports import CHILD, HOUSEHOLD
from services.dossier.registrations.imports.queries.references import ids_by_import_reference
from services.dossier.registrations.imports.rules.child_matching import names_and_birth_date_key
from shared.contracts.dossier.families.identification import (
    SEVERAL,
    TAKEN,
    UNKNOWN,
    IdentifiedChild,
    IdentifiedHome,
    NamedChild,
    NamedHome,
)
from shared.database.chunks import ordered_chunks
from shared.text import folded
from shared.text.child_likeness import Named


def identified_children(session: Session, rows: Sequence[NamedChild]) -> list[IdentifiedChild]:
    """Return which child each row means, in their order."""
    by_number = ids_by_import_reference(session, CHILD, {row["reference"] for row in rows} - {""})
    known = _names_of_children(session, by_number.values())
    decided = _decisions(session, by_number)
    found: list[IdentifiedChild] = []
    for row in rows:
        named = Named(row["first_name"], row["last_name"], row["birth_date"])
        if not row["reference"]:
            found.append(_child_of_these_names(session, named))
            continue
        child_id = by_number.get(row["reference"])
        if child_id is None:
            found.append(IdentifiedChild(child_id=None, why=UNKNOWN))
        elif (
            names_and_birth_date_key(named) == names_and_birth_date_key(known[child_id])
            or decided.get(row["reference"]) == child_id
        ):
            found.append(IdentifiedChild(child_id=child_id, why=""))
        else:
            found.append(IdentifiedChild(child_id=None, why=TAKEN))
    return found


def identified_homes(session: Session, rows: Sequence[NamedHome]) -> list[IdentifiedHome]:
    """Return which home and which of its adults each row means, in their order."""
    homes = ids_by_import_reference(session, HOUSEHOLD, {row["reference"] for row in rows})
    adults = _adults_by_home(session, homes.values())
    return [_identified_home(homes.get(row["reference"]), row, adults) for row in rows]


def _child_of_these_names(session: Session, named: Named) -> IdentifiedChild:
    wanted = names_and_birth_date_key(named)
    alike = [
        child_id
        for child_id, known in children_born_near(session, named.birth_date)
        if names_and_birth_date_key(known) == wanted
    ]
    if len(alike) == 1:
        return IdentifiedChild(child_id=alike[0], why="")
    return IdentifiedChild(child_id=None, why=SEVERAL if alike else UNKNOWN)


def _identified_home(
    household_id: str | None, row: NamedHome, adults: Mapping[str, Sequence[tuple[str, str]]]
) -> IdentifiedHome:
    if household_id is None:
        return IdentifiedHome(household_id=None, guardian_id=None, why=UNKNOWN)
    wanted = folded(row["adult"])
    alike = [one for one, name in adults.get(household_id, ()) if folded(name) == wanted]
    if len(alike) != 1:
        return IdentifiedHome(household_id=None, guardian_id=None, why=SEVERAL if alike else TAKEN)
    return IdentifiedHome(household_id=household_id, guardian_id=alike[0], why="")


def _names_of_children(session: Session, child_ids: Collection[str]) -> Mapping[str, Named]:
    return {
        child.id: Named(child.first_name, child.last_name, child.birth_date)
        for chunk in ordered_chunks(child_ids)
        for child in session.scalars(select(Child).where(Child.id.in_(chunk)))
        if child.first_name and child.last_name and child.birth_date
    }


def _decisions(session: Session, references: Collection[str]) -> Mapping[str, str | None]:
    """Return what agents decided of children whose names differ."""
    return {
        row.child: row.known
        for chunk in ordered_chunks(references)
        for row in session.scalars(select(ImportDecision).where(ImportDecision.child.in_(chunk)))
    }


def _adults_by_home(
    session: Session, household_ids: Collection[str]
) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return ids and names of the adults of homes."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    lives = HouseholdGuardian.guardian_id == Guardian.id
    for chunk in ordered_chunks(set(household_ids)):
        rows = select(HouseholdGuardian.household_id, Guardian.id, Guardian.name).join(
            Guardian, lives
        )
        for home, one, name in session.execute(
            rows.where(HouseholdGuardian.household_id.in_(chunk))
        ):
            found[home].append((one, name))
    return found
