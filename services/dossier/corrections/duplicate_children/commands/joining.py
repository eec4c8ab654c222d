"""
Joins two files that are one child: one dossier is read for both, and each keeps its id.

Nothing is moved that a provider, billing or the read log names by an id. Of the other file only who
answers for the child and where it lives is taken out, into the join, so that nobody finds it beside
the one that is read; its sections stay as they were, and wait.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import delete, select

from services.dossier.corrections.commands.section_corrections import (
    new_correction,
    publish_corrected_children,
)
from services.dossier.corrections.duplicate_children.queries.duplicates import (
    differing_sections,
    file_with_names_to_compare,
    obstacle_to_join,
)
from services.dossier.corrections.duplicate_children.rules import likeness_and_choices
from services.dossier.households.queries.guardianships import homes_of_child
from services.dossier.models import (
    CarerAccess,
    ChildHousehold,
    ChildJoin,
    ChildWeeks,
    Correction,
    Guardianship,
    PersonRequest,
    Section,
    SectionHistory,
)
from services.dossier.sections.commands import store_section
from services.dossier.sections.queries import sealed_place_of_shown, stored_sections
from services.dossier.sections.rules.projections import Content
from services.dossier.sharing.grants.queries.trusted_person_accesses import (
    content_of_access,
    sealed_place_of_access,
)
from services.dossier.sharing.publishing.commands.projection_publisher import lock_children
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.store import vault
from shared.contracts.dossier.corrections import JOINED, FromPaper
from shared.contracts.dossier.families import duplicate_children as contracts
from shared.contracts.errors import BadRequest
from shared.contracts.sections import SECTIONS
from shared.database import Write
from shared.dates.instant import Instant
from shared.register.entitlement import PROJECTIONS
from shared.runtime.ids import new_id

GUARDIANSHIP = (
    "id",
    "guardian_id",
    "authority",
    "carer_in",
    "valid_from",
    "valid_to",
    "link_checked_on",
    "paper",
    "paper_date",
    "recorded_by",
)
"""The columns that are remembered of guardians of the other file."""


def join_files(
    write: Write,
    policy: AccessPolicy,
    request: contracts.JoinFilesRequest,
    *,
    by: str,
    when: Instant,
) -> str:
    """Join two files; return the join's id. Raises as the contract says."""
    kept_id, other_id = request.kept_id, request.other_id
    lock_children(write, [kept_id, other_id])
    _refuse_impossible_join(write, request)
    differing, contents = differing_sections(write, kept_id, other_id)
    sides = likeness_and_choices.chosen_file_by_section(differing, request.taken)
    row = make_join_correction(request, kept_id, JOINED, by=by, when=when)
    write.add(row)
    write.flush()
    vault.prepare_keys([kept_id, other_id])
    taken = {
        section: content
        for section in SECTIONS
        if (
            content := likeness_and_choices.section_content_after_join(
                section, contents[kept_id].get(section), contents[other_id].get(section), sides
            )
        )
        is not None
    }
    versions = _take_sections_of_other_file(write, kept_id, other_id, taken, when=when)
    memory = {"sections": versions, **_take_adults_and_homes(write, kept_id, other_id)}
    memory["moved"] = move_accesses_and_requests(write, other_id, kept_id)
    write.add(
        ChildJoin(
            id=row.id,
            kept_id=kept_id,
            other_id=other_id,
            content=vault.seal(other_id, likeness_and_choices.sealed_place_of_join(row.id), memory),
            joined_at=when.moment,
            joined_by=by,
        )
    )
    write.flush()
    # a ruling that comes along shows in no date of what was sent (rule R7)
    publish_corrected_children(
        write, policy, [row], PROJECTIONS, when, quiet=likeness_and_choices.CUSTODY in taken
    )
    return row.id


def make_join_correction(
    request: contracts.JoinFilesRequest | contracts.PartFilesRequest,
    child_id: str,
    subject: str,
    *,
    by: str,
    when: Instant,
) -> Correction:
    """Return the correction that says of a child that its files came together, or apart."""
    if request.paper_date > when.day:
        raise BadRequest(errors={"paper_date": ["to come"]})
    seen = FromPaper(
        paper=request.paper,
        paper_date=request.paper_date,
        reason=request.reason,
        holds_from=when.day,
    )
    row = new_correction(seen, child_id, subject, by=by, when=when)
    row.applied_at = when.moment
    return row


def move_accesses_and_requests(
    write: Write, source: str, target: str, ids: Any = None
) -> dict[str, list[str]]:
    """
    Let accesses to the child's week, and requests on its data, be of another file.

    `ids` are those to move, as this returned them; without them all that there are.
    """
    accesses = select(CarerAccess).where(CarerAccess.child_id == source)
    requests = select(PersonRequest).where(PersonRequest.child_id == source)
    if ids is not None:
        accesses = accesses.where(CarerAccess.id.in_(ids["accesses"]))
        requests = requests.where(PersonRequest.id.in_(ids["requests"]))
    moved: dict[str, list[str]] = {"accesses": [], "requests": []}
    for access in write.scalars(accesses):
        access.content = vault.seal(
            target, sealed_place_of_access(access.id), content_of_access(access)
        )
        access.child_id = target
        moved["accesses"].append(access.id)
    for person_request in write.scalars(requests):
        person_request.child_id = target
        moved["requests"].append(person_request.id)
    write.flush()
    return moved


def _refuse_impossible_join(write: Write, request: contracts.JoinFilesRequest) -> None:
    one, other = (
        file_with_names_to_compare(write, request.kept_id),
        file_with_names_to_compare(write, request.other_id),
    )
    if why := obstacle_to_join(write, request.kept_id, request.other_id):
        raise contracts.CannotJoin(why=why)
    if likeness_and_choices.could_be_twins(one, other) and not request.not_twins:
        raise contracts.CouldBeTwins


def _take_sections_of_other_file(
    write: Write,
    kept_id: str,
    other_id: str,
    taken: Mapping[str, Content],
    *,
    when: Instant,
) -> dict[str, list[int]]:
    """
    Write in the file that is read what goes on of the other; return all versions around it.

    A version stays its author's and that home's who said it, which a protection goes by (rule R9).
    """
    before = {
        row.section: row.version for row in stored_sections(write, kept_id, SECTIONS).values()
    }
    theirs = stored_sections(write, other_id, taken)
    after = dict(before)
    for section, content in taken.items():
        said = _last_version_in_history(write, theirs[section])
        after[section] = store_section(
            write,
            kept_id,
            section,
            content,
            by=theirs[section].changed_by,
            when=when,
            shown=_unsealed_shown_part(said),
            home=said.household_id if said else None,
        )
    return {section: [before.get(section, 0), after[section]] for section in after}


def _last_version_in_history(write: Write, row: Section) -> SectionHistory | None:
    return write.get(SectionHistory, (row.child_id, row.section, row.version))


def _unsealed_shown_part(said: SectionHistory | None) -> Content | None:
    if said is None or said.shown is None:
        return None
    place = sealed_place_of_shown(said.section, said.version)
    return dict(vault.open(said.child_id, place, said.shown))


def _take_adults_and_homes(write: Write, kept_id: str, other_id: str) -> dict[str, object]:
    """Let who answers for the child of the other file, and its homes, be of the one read."""
    theirs = write.scalars(
        select(Guardianship).where(Guardianship.child_id == other_id).order_by(Guardianship.id)
    ).all()
    mine = write.scalars(select(Guardianship).where(Guardianship.child_id == kept_id)).all()
    known = {row.guardian_id for row in mine}
    added = []
    for row in theirs:
        if not any(_has_adult_in_both_files(row, each) for each in mine):
            values = {name: getattr(row, name) for name in GUARDIANSHIP} | {"id": new_id()}
            write.add(Guardianship(child_id=kept_id, **values))
            added.append(values["id"])
    homes = homes_of_child(write, other_id)
    new_homes = sorted(set(homes) - set(homes_of_child(write, kept_id)))
    write.add_all(ChildHousehold(child_id=kept_id, household_id=home) for home in new_homes)
    memory = {
        "guardianships": [guardianship_as_json(row) for row in theirs],
        "homes": homes,
        "added_guardianships": added,
        "added_guardians": sorted({row.guardian_id for row in theirs} - known),
        "added_homes": new_homes,
        "added_weeks": _take_weeks(write, kept_id, other_id),
    }
    write.execute(delete(Guardianship).where(Guardianship.child_id == other_id))
    write.execute(delete(ChildHousehold).where(ChildHousehold.child_id == other_id))
    write.flush()
    return memory


def _take_weeks(write: Write, kept_id: str, other_id: str) -> bool:
    theirs = write.get(ChildWeeks, other_id)
    if theirs is None or write.get(ChildWeeks, kept_id) is not None:
        return False
    columns = [column.name for column in ChildWeeks.__table__.columns if column.name != "child_id"]
    values = {name: getattr(theirs, name) for name in columns}
    write.add(ChildWeeks(child_id=kept_id, **values))
    return True


def guardianship_as_json(row: Guardianship) -> dict[str, object]:
    """Return a guardianship as JSON types."""
    values = {name: getattr(row, name) for name in GUARDIANSHIP}
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
    }


def _has_adult_in_both_files(one: Guardianship, other: Guardianship) -> bool:
    """Say whether one adult answers in both files on a day: the file that is read says how."""
    if one.guardian_id != other.guardian_id:
        return False
    last = one.valid_to or date.max, other.valid_to or date.max
    return one.valid_from <= last[1] and other.valid_from <= last[0]
