"""
Numbers of another software that came before: whom they stand for here, and whom the row names.

A number is believed where the row names the same: a child by names and birth date, an adult by
name, a home by one of its adults. A program gives a number again, and a spreadsheet makes one of
two; whoever believed it would show a family another one's dossier.
"""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.households.queries.guardianships import children_born_near
from services.dossier.models import Child, Guardian, HouseholdGuardian, ImportDecision
from services.dossier.models.families.imports import CHILD, GUARDIAN, HOUSEHOLD
from services.dossier.registrations.imports.queries.candidates import build_candidate
from services.dossier.registrations.imports.queries.references import ids_by_import_reference
from services.dossier.registrations.imports.rules.child_matching import (
    Disputed,
    Doubt,
    child_names_from_identity,
    names_and_birth_date_key,
)
from services.dossier.registrations.rules.incoming_sections import IncomingHousehold
from services.dossier.sections.queries import IDENTITY
from services.dossier.sections.rules.projections import Content
from shared.dates.instant import Instant
from shared.text import folded
from shared.text.child_likeness import Named, child_likeness

OF_ANOTHER = ["Ce numéro est déjà celui d’une autre personne."]
OF_OTHERS = ["Ce numéro est déjà celui d’un autre foyer."]


def disputed_references(
    session: Session,
    family: IncomingHousehold,
    contents: Mapping[str, Mapping[str, Content]],
    when: Instant,
) -> Disputed:
    """Return which numbers of a family came before and named others, or may have."""
    errors: dict[str, object] = {}
    children, doubts = _disputed_children(session, contents, when)
    if children:
        errors["children"] = children
    if adults := _disputed_adults(session, family):
        errors["guardians"] = adults
    if _is_other_home(session, family):
        errors["reference"] = OF_OTHERS
    return Disputed(errors, () if errors else tuple(doubts))


def _disputed_children(
    session: Session, contents: Mapping[str, Mapping[str, Content]], when: Instant
) -> tuple[dict[str, object], list[Doubt]]:
    """Return errors and doubts of children under other names; of a protected one nobody asks."""
    here = ids_by_import_reference(session, CHILD, contents)
    errors: dict[str, object] = {}
    doubts: list[Doubt] = []
    for reference, child_id in here.items():
        named = child_names_from_identity(contents[reference][IDENTITY])
        known = _named_child(session, child_id)
        decision = session.get(ImportDecision, reference)
        if names_and_birth_date_key(named) == names_and_birth_date_key(known) or (
            decision and decision.known == child_id
        ):
            continue
        score = child_likeness(named, known)
        near = child_id in dict(children_born_near(session, known.birth_date))
        if score and near and decision is None:
            found = build_candidate(session, child_id, known, score, when.day)
            doubts.append(Doubt(reference, found))
        else:
            errors[reference] = {IDENTITY: OF_ANOTHER}
    return errors, doubts


def _disputed_adults(
    session: Session, family: IncomingHousehold
) -> dict[str, dict[str, list[str]]]:
    names = {each["reference"]: each["name"] for each in family.guardians}
    here = ids_by_import_reference(session, GUARDIAN, names)
    rows = session.execute(select(Guardian.id, Guardian.name).where(Guardian.id.in_(here.values())))
    known = dict(rows.all())
    return {
        reference: {"name": OF_ANOTHER}
        for reference, guardian_id in here.items()
        if folded(known[guardian_id]) != folded(names[reference])
    }


def _is_other_home(session: Session, family: IncomingHousehold) -> bool:
    """Say whether the number is that of a home in which none of the row's adults lives."""
    home = ids_by_import_reference(session, HOUSEHOLD, [family.reference]).get(family.reference)
    if home is None:
        return False
    living = select(Guardian.name).join(
        HouseholdGuardian, HouseholdGuardian.guardian_id == Guardian.id
    )
    names = session.scalars(living.where(HouseholdGuardian.household_id == home))
    known = {folded(name) for name in names}
    return known.isdisjoint(folded(each["name"]) for each in family.guardians)


def _named_child(session: Session, child_id: str) -> Named:
    child = session.get_one(Child, child_id, populate_existing=True)
    assert child.first_name and child.last_name and child.birth_date
    return Named(child.first_name, child.last_name, child.birth_date)
