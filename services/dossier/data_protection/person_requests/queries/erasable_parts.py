"""
Parts of a child's file that a request to erase is about: which can go, and why others stay.

What a service needs is what it has of the child and its activities require by the register's table
(rules R1, R2), or a session with food to which the child goes (rule R3), as far as it would say
something else without the part; of the rest it loses it. Papers and consents stay as proofs.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from services.dossier.data_protection.person_requests.queries.requests import (
    asking_guardian,
    children_under_authority,
    is_file_guarded,
)
from services.dossier.data_protection.person_requests.rules.kept_parts import (
    ALWAYS,
    PROOFS,
    reason_to_keep_part,
)
from services.dossier.data_protection.retention.queries import erasure_days_of_sections
from services.dossier.households.queries.guardianships import (
    contents_for_projections,
    guardians_of_homes_beside,
    guardians_of_other_homes,
)
from services.dossier.households.queries.ids_of_joined_files import all_ids_of_child, kept_id_of
from services.dossier.households.queries.record_holds import is_file_held
from services.dossier.models import (
    Child,
    Course,
    Link,
    PersonRequest,
    Projection,
    Section,
    SectionHistory,
)
from services.dossier.sections.rules.projections import affected_projections, prepare_projection
from services.dossier.sharing.grants.queries.food_on_occasion import providers_of_food_to_come
from services.dossier.sharing.rules.access_policy import AccessPolicy
from shared.contracts.dossier.data_protection import request_erasures as contracts
from shared.contracts.dossier.data_protection.person_requests import (
    ADULT,
    ASKED,
    CLOSED,
    ERASURE,
    PUPIL,
    TOWN,
)
from shared.contracts.dossier.data_protection.request_erasures import (
    COURSE,
    MOST_CHILDREN,
    PARTS,
)
from shared.contracts.errors import NotFound
from shared.dates.instant import Instant
from shared.register import ProviderNotFound, Register
from shared.register.entitlement import ON_OCCASION, PROJECTIONS, required_projections

Parts = Mapping[str, Collection[str]]
"""Projections that a provider must have, or has, by provider."""


@dataclass(frozen=True)
class Services:
    """Projections that services with an open link must have, of those that services have."""

    needed: Parts
    held: Parts


def parts_by_child(
    session: Session, register: Register, request_id: str, when: Instant
) -> tuple[list[contracts.ChildParts], int]:
    """Return the files that an open request to erase is about; how many more there are."""
    row = session.get(PersonRequest, request_id)
    if row is None:
        raise NotFound(person_request_id=request_id)
    if row.state in CLOSED:
        return [], 0
    children = sorted(children_of_erasure(session, row, when))
    files = [
        erasable_file(
            session,
            register,
            row,
            child_id,
            when,
            agreeing=requests_of_other_homes(session, row, child_id, when),
        )
        for child_id in children[:MOST_CHILDREN]
    ]
    return files, len(children) - len(files)


def children_of_erasure(session: Session, row: PersonRequest, when: Instant) -> set[str]:
    """
    Return the children whose file a request to erase is about, each by the id that is read.

    Those over whom who asks has authority today, of these the one that it names; a former pupil.
    None of a request to a service, which is about what that service has.
    """
    if row.kind != ERASURE or row.provider != TOWN:
        return set()
    if row.person == PUPIL and row.person_id:
        children = {row.person_id}
    elif asking := asking_guardian(row):
        children = children_under_authority(session, asking, when)
        if row.child_id:
            children &= {row.child_id}
    else:
        return set()
    kept = {kept_id_of(session, child_id) for child_id in children}
    named = select(Child.id).where(Child.id.in_(kept), Child.first_name.is_not(None))
    return set(session.scalars(named))


def erasable_file(
    session: Session,
    register: Register,
    row: PersonRequest,
    child_id: str,
    when: Instant,
    *,
    agreeing: Collection[PersonRequest],
) -> contracts.ChildParts:
    """
    Return one file with the parts in which anything stands, in the order of PARTS.

    `agreeing`: the requests by which another home asks the same.
    """
    files = all_ids_of_child(session, child_id)
    guarded = is_file_guarded(session, child_id, when) or is_file_held(session, files)
    if guarded:
        awaits = _has_parent_beside(session, row, child_id, when)
    else:
        awaits = not agreeing and bool(_guardians_of_other_homes(session, row, child_id, when))
    services = _services_of_child(session, register, files, when.day)
    lost = _projections_without_part(session, child_id, services, when.day)
    days = erasure_days_of_sections(session, register, child_id)
    parts: list[contracts.Part] = []
    for part in _parts_with_data(session, files):
        needed_by = _providers_receiving(services.needed, lost.get(part, ()))
        why = reason_to_keep_part(part, needed_by, guarded=guarded, other_home=awaits)
        losing = _providers_receiving(services.held, lost.get(part, ()))
        shown = () if part in ALWAYS else sorted(needed_by or losing)
        parts.append({"part": part, "kept": why, "providers": [*shown], "until": days.get(part)})
    name = _name_of_child(session, child_id)
    return {"child_id": child_id, "name": name, "awaits_other_home": awaits, "parts": parts}


def stored_sections_of_part(session: Session, files: Collection[str], part: str) -> list[str]:
    """Return the files in which anything of a section stands, its past versions included."""
    kept = exists().where(
        SectionHistory.child_id == Section.child_id, SectionHistory.section == Section.section
    )
    rows = select(Section.child_id).where(
        Section.child_id.in_(files), Section.section == part, Section.content.is_not(None) | kept
    )
    return sorted(session.scalars(rows))


def _name_of_child(session: Session, child_id: str) -> str:
    """Return the name of a child that has one still."""
    child = session.get(Child, child_id)
    assert child is not None
    return f"{child.first_name} {child.last_name}"


def _parts_with_data(session: Session, files: Collection[str]) -> list[str]:
    counted = session.scalar(select(Course.child_id).where(Course.child_id.in_(files)).limit(1))
    return [
        part
        for part in PARTS
        if (counted if part == COURSE else stored_sections_of_part(session, files, part))
    ]


def _services_of_child(
    session: Session, register: Register, files: Collection[str], day: date
) -> Services:
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
    policy, proofs = AccessPolicy.from_register(register), _projections_of_proofs()
    needed = {each: held[each] & (_required(register, each) | proofs) for each in having}
    for provider in having & providers_of_food_to_come(session, files, day):
        needed[provider] |= {
            each for each in ON_OCCASION if policy.is_sent_on_occasion(provider, each)
        }
    return Services(needed, held)


def _required(register: Register, code: str) -> set[str]:
    try:
        return set(required_projections(register.provider(code).activities))
    except ProviderNotFound:  # it leaves the town, and has not erased yet
        return set(PROJECTIONS)


def _projections_of_proofs() -> set[str]:
    return {each for section in PROOFS for each in affected_projections(section)}


def _projections_without_part(
    session: Session, child_id: str, services: Services, day: date
) -> Mapping[str, set[str]]:
    """
    Return for each section the projections that would say something else without it.

    Of proofs all that show it: a consent that was withdrawn was given before.
    """
    known = (*services.held.values(), *services.needed.values())
    received = {each for projections in known for each in projections}
    contents = contents_for_projections(session, [child_id], received, day)[child_id]
    whole = {each: prepare_projection(each, contents, day) for each in received}
    changed = {section: received.intersection(affected_projections(section)) for section in PROOFS}
    for section in contents.keys() & set(PARTS) - ALWAYS.keys() - PROOFS:
        rest = {code: content for code, content in contents.items() if code != section}
        changed[section] = {
            each
            for each in received.intersection(affected_projections(section))
            if prepare_projection(each, rest, day) != whole[each]
        }
    return changed


def _providers_receiving(parts: Parts, projections: Collection[str]) -> set[str]:
    return {provider for provider, codes in parts.items() if not set(projections).isdisjoint(codes)}


def _has_parent_beside(session: Session, row: PersonRequest, child_id: str, when: Instant) -> bool:
    """Say whether somebody has authority and shares no home of the child, protected or not."""
    asking = asking_guardian(row)
    return bool(asking and guardians_of_homes_beside(session, child_id, asking, when.day))


def _guardians_of_other_homes(
    session: Session, row: PersonRequest, child_id: str, when: Instant
) -> Collection[str]:
    """Return who has authority and shares no home of it; nobody for a pupil who is of age."""
    asking = asking_guardian(row)
    return guardians_of_other_homes(session, child_id, asking, when.day) if asking else ()


def requests_of_other_homes(
    session: Session, row: PersonRequest, child_id: str, when: Instant
) -> list[PersonRequest]:
    """Return the open requests by which who shares no home asks to erase this child's file, too."""
    others = _guardians_of_other_homes(session, row, child_id, when)
    if not others:
        return []
    by_adult = PersonRequest.asked_by.in_(others) | (
        (PersonRequest.person == ADULT) & PersonRequest.person_id.in_(others)
    )
    about = PersonRequest.child_id.in_(all_ids_of_child(session, child_id))
    same = select(PersonRequest).where(
        by_adult,
        about | PersonRequest.child_id.is_(None),
        PersonRequest.kind == ERASURE,
        PersonRequest.provider == TOWN,
        PersonRequest.proof != ASKED,
        PersonRequest.state.not_in(CLOSED),
    )
    return list(session.scalars(same.order_by(PersonRequest.id)))
