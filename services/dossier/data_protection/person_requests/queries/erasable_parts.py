"""
Parts of a child's file that a request to erase is about: which can go, and why others stay.

What a service needs is what it has of the child and its activities require by the register's table
(rules R1, R2), as far as it would say something else without the part; of the rest it loses it.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from services.dossier.data_protection.person_requests.queries.requests import (
    children_under_authority,
    is_file_guarded,
)
from services.dossier.data_protection.person_requests.rules.kept_parts import (
    ALWAYS,
    reason_to_keep_part,
)
from services.dossier.data_protection.retention.queries import erasure_days_of_sections
from services.dossier.households.queries.guardianships import (
    answering_condition,
    contents_for_projections,
)
from services.dossier.households.queries.ids_of_joined_files import all_ids_of_child, kept_id_of
from services.dossier.households.queries.protection import homes_of_guardian
from services.dossier.households.queries.record_holds import is_file_held
from services.dossier.models import (
    Child,
    Course,
    Guardianship,
    HouseholdGuardian,
    Link,
    PersonRequest,
    Projection,
    Section,
    SectionHistory,
)
from services.dossier.sections.rules.projections import affected_projections, prepare_projection
from shared.contracts.dossier.data_protection import request_erasures as contracts
from shared.contracts.dossier.data_protection.person_requests import ADULT, CLOSED, ERASURE, PUPIL
from shared.contracts.dossier.data_protection.request_erasures import (
    COURSE,
    MOST_CHILDREN,
    PARTS,
)
from shared.contracts.errors import NotFound
from shared.database.tables.validity import valid_on_condition
from shared.dates.instant import Instant
from shared.register import ProviderNotFound, Register
from shared.register.entitlement import PROJECTIONS, required_projections

Parts = Mapping[str, Collection[str]]
"""By provider the projections that it must have, or has."""


@dataclass(frozen=True)
class Services:
    """Projections that services with an open link must have, of those that services have."""

    needed: Parts
    held: Parts


def parts_by_child(
    session: Session, register: Register, request_id: str, when: Instant
) -> list[contracts.ChildParts]:
    """Return the files that an open request to erase is about, with their parts."""
    row = session.get(PersonRequest, request_id)
    if row is None:
        raise NotFound(person_request_id=request_id)
    if row.state in CLOSED:
        return []
    children = sorted(children_of_erasure(session, row, when))[:MOST_CHILDREN]
    return [
        {
            "child_id": child_id,
            "name": name_of_child(session, child_id),
            "parts": parts_of_file(session, register, row, child_id, when),
        }
        for child_id in children
    ]


def children_of_erasure(session: Session, row: PersonRequest, when: Instant) -> set[str]:
    """
    Return the children whose file a request to erase is about, each by the id that is read.

    Those over whom who asks has authority today, of these the one that it names; a former pupil.
    """
    if row.kind != ERASURE:
        return set()
    if row.person == PUPIL and row.person_id:
        children = {row.person_id}
    elif asking := _asking_guardian(row):
        children = children_under_authority(session, asking, when)
        if row.child_id:
            children &= {row.child_id}
    else:
        return set()
    kept = {kept_id_of(session, child_id) for child_id in children}
    named = select(Child.id).where(Child.id.in_(kept), Child.first_name.is_not(None))
    return set(session.scalars(named))


def parts_of_file(
    session: Session, register: Register, row: PersonRequest, child_id: str, when: Instant
) -> list[contracts.Part]:
    """Return the parts of one file in which anything stands, in the order of PARTS."""
    files = all_ids_of_child(session, child_id)
    services = _services_of_child(session, register, files)
    lost = _projections_without_part(session, child_id, services, when.day)
    guarded = is_file_guarded(session, child_id, when) or is_file_held(session, files)
    other_home = _is_other_home_silent(session, row, files, when)
    days = erasure_days_of_sections(session, register, child_id)
    parts: list[contracts.Part] = []
    for part in _parts_with_data(session, files):
        needed_by = _providers_receiving(services.needed, lost.get(part, ()))
        why = reason_to_keep_part(part, needed_by, guarded=guarded, other_home=other_home)
        losing = _providers_receiving(services.held, lost.get(part, ()))
        shown = () if part in ALWAYS else sorted(needed_by or losing)
        parts.append({"part": part, "kept": why, "providers": [*shown], "until": days.get(part)})
    return parts


def stored_sections_of_part(session: Session, files: Collection[str], part: str) -> list[str]:
    """Return the files in which anything of a section stands, its past versions included."""
    kept = exists().where(
        SectionHistory.child_id == Section.child_id, SectionHistory.section == Section.section
    )
    rows = select(Section.child_id).where(
        Section.child_id.in_(files), Section.section == part, Section.content.is_not(None) | kept
    )
    return sorted(session.scalars(rows))


def name_of_child(session: Session, child_id: str) -> str:
    """Return the name of a child that has one still."""
    child = session.get(Child, child_id)
    assert child is not None
    return f"{child.first_name} {child.last_name}"


def _asking_guardian(row: PersonRequest) -> str | None:
    return row.asked_by or (row.person_id if row.person == ADULT else None)


def _parts_with_data(session: Session, files: Collection[str]) -> list[str]:
    counted = session.scalar(select(Course.child_id).where(Course.child_id.in_(files)).limit(1))
    return [
        part
        for part in PARTS
        if (counted if part == COURSE else stored_sections_of_part(session, files, part))
    ]


def _services_of_child(session: Session, register: Register, files: Collection[str]) -> Services:
    rows = session.execute(
        select(Projection.provider, Projection.projection).where(
            Projection.child_id.in_(files), Projection.digest.is_not(None)
        )
    )
    held: dict[str, set[str]] = defaultdict(set)
    for provider, projection in rows:
        held[provider].add(projection)
    linked = select(Link.provider).where(Link.child_id.in_(files), Link.closed_at.is_(None))
    having = set(session.scalars(linked))
    needed = {each: held[each] & _required_of_provider(register, each) for each in having}
    return Services(needed, held)


def _required_of_provider(register: Register, code: str) -> set[str]:
    try:
        return set(required_projections(register.provider(code).activities))
    except ProviderNotFound:  # it leaves the town, and has not erased yet
        return set(PROJECTIONS)


def _projections_without_part(
    session: Session, child_id: str, services: Services, day: date
) -> Mapping[str, set[str]]:
    """Return for each section the projections that would say something else without it."""
    received = {each for projections in services.held.values() for each in projections}
    contents = contents_for_projections(session, [child_id], received, day)[child_id]
    whole = {each: prepare_projection(each, contents, day) for each in received}
    changed: dict[str, set[str]] = {}
    for section in contents.keys() & set(PARTS) - ALWAYS.keys():
        rest = {code: content for code, content in contents.items() if code != section}
        changed[section] = {
            each
            for each in received.intersection(affected_projections(section))
            if prepare_projection(each, rest, day) != whole[each]
        }
    return changed


def _providers_receiving(parts: Parts, projections: Collection[str]) -> set[str]:
    return {provider for provider, codes in parts.items() if not set(projections).isdisjoint(codes)}


def _is_other_home_silent(
    session: Session, row: PersonRequest, files: list[str], when: Instant
) -> bool:
    """Say whether somebody answers for the child in another home who has not asked the same."""
    asking = _asking_guardian(row)
    if asking is None:  # a former pupil, who is of age
        return False
    homes = homes_of_guardian(session, asking)
    here = select(HouseholdGuardian.guardian_id).where(HouseholdGuardian.household_id.in_(homes))
    elsewhere = select(Guardianship.guardian_id).where(
        Guardianship.child_id.in_(files),
        answering_condition(),
        valid_on_condition(Guardianship, when.day),
        Guardianship.guardian_id != asking,
        Guardianship.guardian_id.not_in(here),
    )
    return bool(set(session.scalars(elsewhere)) - _guardians_who_asked(session, files))


def _guardians_who_asked(session: Session, files: Collection[str]) -> set[str]:
    """Return who has asked, and is not answered yet, to erase the file of this child."""
    asked = select(PersonRequest.asked_by).where(
        PersonRequest.kind == ERASURE,
        PersonRequest.child_id.in_(files),
        PersonRequest.state.not_in(CLOSED),
    )
    return {each for each in session.scalars(asked) if each}
