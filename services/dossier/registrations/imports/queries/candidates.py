"""Known children that an arriving family's could be, for `imports/rules/child_matching.py`."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.households.queries.guardianships import (
    authority_conditions,
    children_born_near,
    homes_of_child,
)
from services.dossier.households.queries.households_for_billing import guardians_by_household
from services.dossier.models import Child, Guardian, Guardianship, ImportDecision
from services.dossier.registrations.imports.rules.child_matching import (
    Candidate,
    Doubt,
    Known,
    child_names_from_identity,
    match_children,
)
from services.dossier.registrations.rules.incoming_sections import IncomingHousehold
from services.dossier.sections.queries import IDENTITY
from services.dossier.sections.rules.projections import Content
from shared.text.child_likeness import Named, likely_children

EXACT = 100


def find_known_children(
    session: Session,
    family: IncomingHousehold,
    contents: Mapping[str, Mapping[str, Content]],
    day: date,
) -> Known | list[Doubt]:
    """Return whom a family is, or its doubts; `contents` are of the children never seen before."""
    named = {
        reference: child_names_from_identity(sections[IDENTITY])
        for reference, sections in contents.items()
    }
    decided = _decisions_by_child(session, named)
    candidates = {}
    for child, one in named.items():
        together = [other for reference, other in named.items() if reference != child]
        near = children_born_near(session, one.birth_date)
        candidates[child] = [
            build_candidate(session, child_id, dict(near)[child_id], score, day)
            for child_id, score in likely_children(one, together, near)
        ]
        _add_decided_candidate(session, candidates[child], decided.get(child), day)
    adults = {each["reference"]: each["name"] for each in family.guardians}
    return match_children(named, adults, candidates, decided)


def _decisions_by_child(session: Session, children: Mapping[str, Named]) -> dict[str, str | None]:
    rows = select(ImportDecision).where(ImportDecision.child.in_(children))
    return {row.child: row.known for row in session.scalars(rows)}


def _add_decided_candidate(
    session: Session, found: list[Candidate], child_id: str | None, day: date
) -> None:
    """Add to the candidates the child that an agent decided on, if its names changed since."""
    if child_id is None or any(each.child_id == child_id for each in found):
        return
    child = session.get(Child, child_id)
    if child is not None and child.first_name and child.last_name and child.birth_date:
        named = Named(child.first_name, child.last_name, child.birth_date)
        found.append(build_candidate(session, child_id, named, EXACT, day))


def build_candidate(
    session: Session, child_id: str, named: Named, score: int, day: date
) -> Candidate:
    rows = session.execute(
        select(Guardian.id, Guardian.name)
        .join(Guardianship, Guardianship.guardian_id == Guardian.id)
        .where(Guardianship.child_id == child_id, *authority_conditions(day))
    )
    homes = homes_of_child(session, child_id)
    living = guardians_by_household(session, homes, day)
    return Candidate(
        child_id,
        named,
        score,
        dict(rows.all()),
        {home: frozenset(each["subject"] for each in living[home]) for home in homes},
    )
