"""A child as it is shown to an agent who corrects, its corrections, and what waits for an agent."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from services.dossier.corrections.queries.home_names import (
    names_of_guardians,
    names_of_homes,
    possible_homes_of_child,
)
from services.dossier.corrections.queries.provider_receipts import receipts_of_corrections
from services.dossier.corrections.rules.dates_and_contents import (
    changed_weeks,
    changes_of_adult,
    fields_changed_by_correction,
)
from services.dossier.data_protection.person_requests.queries.requests import (
    content_of_request,
)
from services.dossier.households.queries import protection, record_holds
from services.dossier.households.queries.guardianships import authority_conditions
from services.dossier.households.queries.ids_of_joined_files import all_ids_of_child
from services.dossier.households.queries.protection import view_of_guardian
from services.dossier.households.queries.two_home_weeks import weeks_by_child
from services.dossier.models import (
    Child,
    ChildHousehold,
    Correction,
    DeceasedGuardian,
    Guardian,
    Guardianship,
    HouseholdGuardian,
    PersonRequest,
    SectionHistory,
)
from services.dossier.sections.queries import (
    content_of_section,
    require_named_child,
    sealed_place_of_section,
    sealed_place_of_waiting,
    stored_sections,
)
from services.dossier.sections.rules.projections import Content
from services.dossier.store import vault
from shared.contracts.dossier import corrections as contracts
from shared.contracts.dossier.corrections import (
    AUTHORITY,
    CORRECTIONS_SHOWN,
    GUARDIAN_LEAVES,
    GUARDIAN_NAME,
    IDENTITY,
    OF_GUARDIANS,
    SCHOOLING,
    SECONDED,
    WAITING_SHOWN,
    WEEKS,
)
from shared.contracts.dossier.data_protection.person_requests import CLOSED, RECTIFICATION, TOWN
from shared.contracts.dossier.families import household_adults
from shared.contracts.errors import NotFound
from shared.dates.instant import Instant


def read_child_for_correction(
    session: Session, child_id: str, day: date
) -> contracts.OpenForCorrectionAnswer:
    """Return a child as it is; raises NotFound for none, and for a file that is held."""
    child = require_named_child(session, child_id)
    assert child.first_name and child.last_name and child.birth_date  # all three, or none
    record_holds.refuse_held_file(session, child_id)
    rows = stored_sections(session, child_id, [IDENTITY, SCHOOLING])
    schooling = content_of_section(session, child_id, SCHOOLING)
    homes = names_of_homes(session, child_id, day)
    return contracts.OpenForCorrectionAnswer(
        first_name=child.first_name,
        last_name=child.last_name,
        birth_date=child.birth_date,
        identity_version=rows[IDENTITY].version if IDENTITY in rows else 0,
        school=schooling.get("school", ""),
        grade=schooling.get("grade", ""),
        class_name=schooling.get("class_name", ""),
        schooling_version=rows[SCHOOLING].version if SCHOOLING in rows else 0,
        guardians=_guardians_of_child(session, child_id, day),
        homes=[{"household_id": home, "names": names} for home, names in homes.items()],
        other_homes=[
            {"household_id": home, "names": names}
            for home, names in possible_homes_of_child(session, child_id, day).items()
            if home not in homes
        ],
        weeks=weeks_by_child(session, [child_id]).get(child_id),
        corrections=corrections_of_child(session, child_id),
    )


def corrections_of_child(session: Session, child_id: str) -> list[contracts.Correction]:
    """Return the corrections of a child, the latest first, CORRECTIONS_SHOWN at most."""
    which = Correction.child_id.in_(all_ids_of_child(session, child_id))
    return [row for _child, row in _latest_corrections(session, which)]


def changes_of_adults(
    session: Session, child_ids: Collection[str]
) -> list[household_adults.ChangeOfChild]:
    """Return what changed of adults for these children, the latest first, as many at most."""
    which = Correction.child_id.in_(child_ids) & Correction.subject.in_(OF_GUARDIANS)
    return [
        household_adults.ChangeOfChild(**row, child_id=child_id)
        for child_id, row in _latest_corrections(session, which)
    ]


def _latest_corrections(
    session: Session, which: ColumnElement[bool]
) -> list[tuple[str, contracts.Correction]]:
    latest = (Correction.recorded_at.desc(), Correction.id.desc())
    found = select(Correction).where(which)
    rows = session.scalars(found.order_by(*latest).limit(CORRECTIONS_SHOWN)).all()
    receipts = receipts_of_corrections(session, rows)
    names = names_of_guardians(session, {row.guardian_id for row in rows if row.guardian_id})
    return [
        (
            row.child_id,
            {
                "correction_id": row.id,
                "subject": row.subject,
                "guardian": names.get(row.guardian_id or "") or _name_of_adult_to_come(row),
                "changes": _changed_fields_of_correction(session, row),
                "paper": row.paper,
                "paper_date": row.paper_date,
                "reason": row.reason,
                "holds_from": row.holds_from,
                "decided_by": row.decided_by,
                "recorded_by": row.recorded_by,
                "recorded_at": row.recorded_at,
                "applied_at": row.applied_at,
                "withdrawn_at": row.withdrawn_at,
                "seconded_by": row.seconded_by,
                "receipts": receipts[row.id],
            },
        )
        for row in rows
    ]


def corrections_for_guardian(
    session: Session, child_id: str, reader: str
) -> list[contracts.GuardianCorrection]:
    """Return what a guardian is shown of them: nothing that a protected home hides (rule R9)."""
    view = view_of_guardian(session, reader, child_id)
    hidden = _corrections_of_other_homes(session, child_id, reader)
    return [
        {
            "subject": row["subject"],
            "guardian": row["guardian"],
            "changes": row["changes"],
            "holds_from": row["holds_from"],
            "decided_by": row["decided_by"],
            "applied_at": row["applied_at"],
            "receipts": row["receipts"] if view.is_everything_shown else [],
        }
        for row in corrections_of_child(session, child_id)
        if not row["withdrawn_at"]
        and row["correction_id"] not in hidden
        and (view.is_everything_shown or row["subject"] == IDENTITY)
        and view.is_moment_known(row["recorded_at"])
    ]


def corrections_due(session: Session, when: Instant) -> Sequence[str]:
    """Return the ids of corrections of sections whose day has come."""
    return _ids_of_due_corrections(session, when, Correction.guardian_id.is_(None))


def adult_changes_due(session: Session, when: Instant) -> Sequence[str]:
    """Return the ids of changes of adults whose day has come."""
    return _ids_of_due_corrections(session, when, Correction.guardian_id.is_not(None))


def _ids_of_due_corrections(
    session: Session, when: Instant, which: ColumnElement[bool]
) -> Sequence[str]:
    waiting = (
        which,
        Correction.content.is_not(None),
        Correction.applied_at.is_(None),
        Correction.withdrawn_at.is_(None),
        Correction.holds_from <= when.day,
    )
    return session.scalars(select(Correction.id).where(*waiting).limit(WAITING_SHOWN)).all()


def child_of_correction(session: Session, correction_id: str) -> str:
    """Return the child that a correction is of; raises NotFound."""
    row = session.get(Correction, correction_id)
    if row is None:
        raise NotFound(correction_id=correction_id)
    return row.child_id


def child_of_request(session: Session, person_request_id: str) -> str:
    """Return the child of an open request to correct; raises NotFound for any other request."""
    asked = select(PersonRequest.child_id).where(
        PersonRequest.id == person_request_id, *_open_request_conditions()
    )
    child_id = session.scalar(asked)
    if child_id is None:
        raise NotFound(person_request_id=person_request_id)
    return child_id


def corrections_waiting(session: Session, *, protects: bool) -> contracts.CorrectionsWaitingAnswer:
    """Return what waits for an agent; children of protected homes for who protects alone."""
    shown = () if protects else (~protection.out_of_search_condition(),)
    return contracts.CorrectionsWaitingAnswer(
        asked=_corrections_asked_by_families(session, shown),
        to_second=_corrections_for_second_agent(session, shown),
    )


def _corrections_asked_by_families(
    session: Session, shown: Iterable[Any]
) -> list[contracts.CorrectionAsked]:
    rows = session.execute(
        select(PersonRequest, Child, func.min(ChildHousehold.household_id))
        .join(Child, Child.id == PersonRequest.child_id)
        .join(ChildHousehold, ChildHousehold.child_id == Child.id)
        .where(
            *_open_request_conditions(),
            Child.first_name.is_not(None),
            ~record_holds.held_file_condition(),
            *shown,
        )
        .group_by(PersonRequest.id, Child.id)
        .order_by(PersonRequest.due_on, PersonRequest.id)
        .limit(WAITING_SHOWN)
    ).all()
    vault.prepare_keys(request.id for request, _, _ in rows)
    return [
        {
            "person_request_id": request.id,
            "household_id": household_id,
            "child_id": child.id,
            "first_name": child.first_name or "",
            "last_name": child.last_name or "",
            "text": content_of_request(request)["text"],
            "received_on": request.received_on,
            "due_on": request.due_on,
        }
        for request, child, household_id in rows
    ]


def _corrections_for_second_agent(
    session: Session, shown: Iterable[Any]
) -> list[contracts.CorrectionToSecond]:
    rows = session.execute(
        select(Correction, Child, func.min(ChildHousehold.household_id))
        .join(Child, Child.id == Correction.child_id)
        .join(ChildHousehold, ChildHousehold.child_id == Child.id)
        .where(
            Correction.subject.in_(SECONDED),
            Correction.id == Correction.act_id,
            Correction.withdrawn_at.is_(None),
            Correction.seconded_by.is_(None),
            Child.first_name.is_not(None),
            *shown,
        )
        .group_by(Correction.id, Child.id)
        .order_by(Correction.recorded_at, Correction.id)
        .limit(WAITING_SHOWN)
    )
    return [
        {
            "correction_id": row.id,
            "household_id": household_id,
            "child_id": child.id,
            "first_name": child.first_name or "",
            "last_name": child.last_name or "",
            "recorded_by": row.recorded_by,
            "recorded_at": row.recorded_at,
        }
        for row, child, household_id in rows
    ]


def _guardians_of_child(
    session: Session, child_id: str, day: date
) -> list[contracts.GuardianInAuthority]:
    """Return all who answer for the child, or did, placements left out."""
    in_authority = exists().where(
        Guardianship.guardian_id == Guardian.id,
        Guardianship.child_id == child_id,
        *authority_conditions(day),
    )
    rows = session.execute(
        select(Guardian.id, Guardian.name, in_authority)
        .where(
            Guardian.id.in_(
                select(Guardianship.guardian_id).where(
                    Guardianship.child_id == child_id, Guardianship.carer_in.is_(None)
                )
            ),
            ~exists().where(DeceasedGuardian.guardian_id == Guardian.id),
        )
        .order_by(Guardian.name, Guardian.id)
    )
    return [{"id": each, "name": name, "authority": bool(has)} for each, name, has in rows]


def _changed_fields_of_correction(
    session: Session, row: Correction
) -> list[contracts.ChangedField]:
    """Return the fields that a correction changed; none once its section's history is erased."""
    if row.subject == AUTHORITY:
        said = {True: "yes", False: "no"}
        now, then = said[bool(row.authority)], said[not row.authority]
        return [{"field": AUTHORITY, "before": then, "after": now}]
    if row.subject in OF_GUARDIANS:
        return changes_of_adult(row.subject, unsealed_correction_content(row))
    if row.subject == WEEKS:
        if row.content is None:
            return []
        weeks = unsealed_correction_content(row)
        return changed_weeks(weeks["before"], weeks["after"])
    if row.version is None:
        if row.content is None:  # of two files that came together, or apart, nothing more is shown
            return []
        after = unsealed_correction_content(row)
        return fields_changed_by_correction(
            content_of_section(session, row.child_id, row.subject), after
        )
    after = _section_content_at_version(session, row, row.version)
    before = _section_content_at_version(session, row, row.version - 1)
    return fields_changed_by_correction(before, after) if after else []


def _name_of_adult_to_come(row: Correction) -> str:
    """Return the name of an adult who is not there yet."""
    return (
        str(unsealed_correction_content(row).get("name", "")) if row.subject in OF_GUARDIANS else ""
    )


def _corrections_of_other_homes(session: Session, child_id: str, reader: str) -> set[str]:
    """Return the corrections that say how another home is called, or who moved out of it."""
    mine = set(
        session.scalars(
            select(HouseholdGuardian.household_id).where(HouseholdGuardian.guardian_id == reader)
        )
    )
    rows = session.scalars(
        select(Correction).where(
            Correction.child_id.in_(all_ids_of_child(session, child_id)),
            Correction.subject.in_((GUARDIAN_NAME, GUARDIAN_LEAVES)),
            Correction.guardian_id != reader,
        )
    )
    contents = {row.id: unsealed_correction_content(row) for row in rows}
    return {
        correction_id
        for correction_id, content in contents.items()
        if content["household_id"] not in mine and content.get("still_answers", True)
    }


def unsealed_correction_content(row: Correction) -> Content:
    """Return what a correction holds sealed; nothing where it holds nothing."""
    if row.content is None:
        return {}
    return dict(vault.open(row.child_id, sealed_place_of_waiting(row.id), row.content))


def _section_content_at_version(session: Session, row: Correction, version: int) -> Content:
    kept = session.get(SectionHistory, (row.child_id, row.subject, version))
    if kept is None:
        return {}
    place = sealed_place_of_section(row.subject, version)
    return dict(vault.open(row.child_id, place, kept.content))


def _open_request_conditions() -> tuple[Any, ...]:
    return (
        PersonRequest.kind == RECTIFICATION,
        PersonRequest.provider == TOWN,
        PersonRequest.child_id.is_not(None),
        PersonRequest.state.not_in(CLOSED),
    )
