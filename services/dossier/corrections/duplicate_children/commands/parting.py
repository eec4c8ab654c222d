"""
Takes two files apart that were joined: each has again what it had before.

What was written in between goes to the file that the agent names. Receipts, reads, bills and places
never left their ids; the corrections that joined and parted the files stay in both histories.
"""

from datetime import date

from sqlalchemy import delete, or_, select

from services.dossier.corrections.commands.section_corrections import publish_corrected_children
from services.dossier.corrections.duplicate_children.commands.joining import (
    make_join_correction,
    move_accesses_and_requests,
)
from services.dossier.corrections.duplicate_children.queries.duplicates import require_join
from services.dossier.corrections.duplicate_children.rules import likeness_and_choices
from services.dossier.households.commands.households_for_billing import publish_households
from services.dossier.households.queries.record_holds import held_file_condition
from services.dossier.models import (
    Child,
    ChildHousehold,
    ChildJoin,
    ChildWeeks,
    DeceasedGuardian,
    Guardian,
    Guardianship,
    Household,
    SectionHistory,
)
from services.dossier.sections.commands import store_section
from services.dossier.sections.queries import (
    content_of_section,
    sealed_place_of_section,
    sealed_place_of_shown,
    stored_section,
)
from services.dossier.sections.rules.projections import Content
from services.dossier.sharing.guardian_cards.commands import publish_cards
from services.dossier.sharing.publishing.commands.projection_publisher import lock_children
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.store import vault
from shared.contracts.dossier.corrections import PARTED
from shared.contracts.dossier.families import duplicate_children as contracts
from shared.contracts.dossier.families.duplicate_children import OTHER
from shared.contracts.sections import SECTIONS
from shared.database import Write
from shared.dates.instant import Instant
from shared.json_values import JsonMapping
from shared.register.entitlement import PROJECTIONS
from shared.runtime.ids import new_id


def take_files_apart(
    write: Write,
    policy: AccessPolicy,
    request: contracts.PartFilesRequest,
    *,
    by: str,
    when: Instant,
) -> str:
    """Take two files apart; return the join's id. Raises as the contract says."""
    join = require_join(write, request.join_id)
    lock_children(write, [join.kept_id, join.other_id])
    write.refresh(join, with_for_update=True)
    join = require_join(write, request.join_id)
    nameless = select(Child.id).where(
        Child.id.in_([join.kept_id, join.other_id]), Child.first_name.is_(None)
    )
    if join.content is None or write.scalar(nameless.limit(1)) is not None:
        raise contracts.CannotJoin(why=contracts.ERASED)
    held = select(Child.id).where(Child.id == join.kept_id, held_file_condition())
    if write.scalar(held) is not None:
        raise contracts.CannotJoin(why=contracts.HELD)
    rows = [
        make_join_correction(request, child_id, PARTED, by=by, when=when)
        for child_id in (join.kept_id, join.other_id)
    ]
    rows[1].act_id = rows[0].id
    vault.prepare_keys([join.kept_id, join.other_id])
    memory = vault.open(
        join.other_id, likeness_and_choices.sealed_place_of_join(join.id), join.content
    )
    for section in SECTIONS:
        _restore_section_before_join(
            write, join, section, memory, later=request.later, by=by, when=when
        )
    before = _guardians_of_joined_files(write, join)
    left = _give_adults_and_homes_back(write, join, memory)
    move_accesses_and_requests(write, join.kept_id, join.other_id, memory["moved"])
    join.content, join.parted_at, join.parted_by = None, when.moment, by
    join.parting_id = rows[0].id
    write.add_all(rows)
    write.flush()
    publish_corrected_children(write, policy, rows, PROJECTIONS, when)
    publish_households(write, left, when)
    publish_cards(write, policy, before | _guardians_of_joined_files(write, join), when)
    return join.id


def _restore_section_before_join(
    write: Write,
    join: ChildJoin,
    section: str,
    memory: JsonMapping,
    *,
    later: str,
    by: str,
    when: Instant,
) -> None:
    """Give back what the file that was read said before; what came since goes to `later`."""
    row = stored_section(write, join.kept_id, section)
    if row is None:
        return
    before, joined = memory["sections"].get(section, (0, 0))
    written_since = row.version > joined
    if written_since and later != OTHER:
        return
    if written_since:
        content = content_of_section(write, join.kept_id, section)
        said = write.get(SectionHistory, (join.kept_id, section, row.version))
        if content and said is not None:
            _store_version_of_other_file(write, join.other_id, section, content, said, when)
    if row.version > before:
        _restore_earlier_version(write, join.kept_id, section, before, by=by, when=when)


def _store_version_of_other_file(
    write: Write,
    child_id: str,
    section: str,
    content: Content,
    said: SectionHistory,
    when: Instant,
) -> None:
    """Store a version that was said in another file as this one's: of its author, and its home."""
    shown = None
    if said.shown is not None:
        place = sealed_place_of_shown(section, said.version)
        shown = dict(vault.open(said.child_id, place, said.shown))
    store_section(
        write,
        child_id,
        section,
        content,
        by=said.changed_by,
        when=when,
        shown=shown,
        home=said.household_id,
    )


def _restore_earlier_version(
    write: Write, child_id: str, section: str, version: int, *, by: str, when: Instant
) -> None:
    """Store an earlier version as the next one; where nothing was said then, nothing is again."""
    said = write.get(SectionHistory, (child_id, section, version))
    if said is not None:
        place = sealed_place_of_section(section, version)
        content = dict(vault.open(child_id, place, said.content))
        _store_version_of_other_file(write, child_id, section, content, said, when)
        return
    row = stored_section(write, child_id, section)
    if row is not None:
        row.version, row.content, row.turns_on = row.version + 1, None, None
        row.changed_at, row.changed_by = when.moment, by
    write.flush()


def _give_adults_and_homes_back(write: Write, join: ChildJoin, memory: JsonMapping) -> set[str]:
    """Let each file have its own adults and homes again; return the homes that this concerns."""
    kept_id, other_id = join.kept_id, join.other_id
    write.execute(
        delete(Guardianship).where(
            Guardianship.child_id == kept_id,
            or_(
                Guardianship.id.in_(memory["added_guardianships"]),
                Guardianship.guardian_id.in_(memory["added_guardians"]),
            ),
        )
    )
    write.execute(
        delete(ChildHousehold).where(
            ChildHousehold.child_id == kept_id,
            ChildHousehold.household_id.in_(memory["added_homes"]),
        )
    )
    if memory["added_weeks"]:
        write.execute(delete(ChildWeeks).where(ChildWeeks.child_id == kept_id))
    homes = set(write.scalars(select(Household.id).where(Household.id.in_(memory["homes"]))))
    write.add_all(ChildHousehold(child_id=other_id, household_id=home) for home in sorted(homes))
    known = set(
        write.scalars(
            select(Guardian.id).where(
                Guardian.id.in_([each["guardian_id"] for each in memory["guardianships"]])
            )
        )
    )
    died = dict(
        write.execute(
            select(DeceasedGuardian.guardian_id, DeceasedGuardian.died_on).where(
                DeceasedGuardian.guardian_id.in_(known)
            )
        ).all()
    )
    for each in memory["guardianships"]:
        row = _guardianship_from_json(other_id, each, died.get(each["guardian_id"]))
        if each["guardian_id"] in known and row is not None:
            write.add(row)
    write.flush()
    return homes | set(memory["added_homes"])


def _guardianship_from_json(
    child_id: str, guardianship_as_json: JsonMapping, died_on: date | None
) -> Guardianship | None:
    """Return who answered for the child as it was; who died meanwhile, until then."""
    values = dict(guardianship_as_json) | {"id": new_id()}
    for name in ("valid_from", "valid_to", "link_checked_on", "paper_date"):
        values[name] = date.fromisoformat(values[name]) if values[name] else None
    if died_on is not None:
        values["valid_to"] = min(values["valid_to"] or died_on, died_on)
        if values["valid_to"] < values["valid_from"]:
            return None
    return Guardianship(child_id=child_id, **values)


def _guardians_of_joined_files(write: Write, join: ChildJoin) -> set[str]:
    answering = select(Guardianship.guardian_id).where(
        Guardianship.child_id.in_([join.kept_id, join.other_id])
    )
    return set(write.scalars(answering))
