"""
Imports a household from another software, without overwriting what a family entered since.

References are the other software's numbers; a child of two households comes with each of them,
under the same reference.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypedDict

from sqlalchemy import select

from services.dossier.activity_history.commands.history import store_imported_months
from services.dossier.households.commands.addresses import keep_address, keep_imported_address
from services.dossier.households.commands.households_for_billing import (
    lock_household_versions,
    publish_households,
)
from services.dossier.households.commands.two_home_weeks import store_imported_weeks
from services.dossier.households.queries.guardianships import (
    all_guardians_of,
    children_born_on,
    children_living_in,
)
from services.dossier.households.queries.households_for_billing import homes_of_children
from services.dossier.households.queries.ids_of_joined_files import kept_id_by_other_id
from services.dossier.households.queries.protection import protected_households_among
from services.dossier.households.queries.separated_guardians import (
    child_has_left,
    guardian_has_left,
)
from services.dossier.households.rules.address_dates import refuse_unlikely_address_date
from services.dossier.models import (
    IMPORT,
    IMPORTED,
    Child,
    ChildHousehold,
    Guardian,
    Guardianship,
    Household,
    HouseholdGuardian,
    Section,
)
from services.dossier.registrations.rules.incoming_sections import (
    IncomingHousehold,
    check_incoming_sections,
)
from services.dossier.sections.commands import store_sections
from services.dossier.sections.name_words import index_guardian_name
from services.dossier.sections.queries import (
    CUSTODY,
    IDENTITY,
    contents_of_sections,
    stored_sections,
)
from services.dossier.sections.rules.projections import Content, affected_projections
from services.dossier.sharing.guardian_cards.commands import publish_cards
from services.dossier.sharing.links.commands.provider_links import add_link
from services.dossier.sharing.links.commands.trials import note_trial_members
from services.dossier.sharing.links.queries.provider_links import latest_link
from services.dossier.sharing.publishing.commands.projection_publisher import (
    lock_children,
    publish_changes,
    targets_at_linked_providers,
)
from services.dossier.sharing.rules.access_policy import AccessPolicy, refuse_unknown_provider
from services.dossier.sharing.rules.projection_targets import Target
from shared.contracts.dossier.guardians import Address
from shared.contracts.errors import BadRequest
from shared.database import Write
from shared.dates.instant import Instant
from shared.dates.two_home_weeks import usual_handover_moment
from shared.register.entitlement import FAMILY, PROJECTIONS, RESIDENCE
from shared.runtime.ids import new_id
from shared.text.child_likeness import Named, could_be_one_child


@dataclass
class HouseholdImport:
    """
    One import in progress: ids by reference, and the changes to publish at the end.

    `made` holds the ids of members created here, never published before; `living` the children of
    the household, `changed` projections by child, `ruled` the known children with a new ruling,
    `alike` by reference of a new child those whom it could be.
    """

    write: Write
    policy: AccessPolicy
    when: Instant
    household_id: str = ""
    guardians: dict[str, str] = field(default_factory=dict)
    children: dict[str, str] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    living: set[str] = field(default_factory=set)
    changed: dict[str, set[str]] = field(default_factory=dict)
    ruled: set[str] = field(default_factory=set)
    alike: dict[str, list[str]] = field(default_factory=dict)

    @property
    def ids(self) -> "ImportedIds":
        """Return the ids of all members by reference."""
        return {
            "household_id": self.household_id,
            "guardians": self.guardians,
            "children": self.children,
            "alike": self.alike,
        }


class ImportedIds(TypedDict):
    """Ids by reference, and by reference of a new child those whom it could be."""

    household_id: str
    guardians: dict[str, str]
    children: dict[str, str]
    alike: dict[str, list[str]]


def import_household(
    write: Write,
    policy: AccessPolicy,
    household: IncomingHousehold,
    when: Instant,
) -> ImportedIds:
    """
    Store a household with its guardians, children, sections and links; return ids by reference.

    It is published in the same transaction. Raises as `store_household_unpublished` does.
    """
    household_import = store_household_unpublished(write, policy, household, when)
    publish_imports(write, policy, [household_import], when)
    return household_import.ids


def store_household_unpublished(
    write: Write,
    policy: AccessPolicy,
    household: IncomingHousehold,
    when: Instant,
) -> HouseholdImport:
    """
    Store a household that `publish_imports` tells of before the commit, with others or alone.

    Idempotent: a second import adds new data and corrects sections that only an import wrote. A
    link that a family ended stays ended; no guardian joins a protected household (rule R9), and
    nobody comes back into one that they were separated from. The papers count as seen by the other
    software; an accepted registration says what was not `seen`, which guardian does not live there
    (`lives_here`) and which one answers `without_authority`.
    Raises BadRequest and ProviderUnknown, for a day of moving too far away after all is written.
    """
    contents = check_incoming_sections(household, policy.offered)
    named = [link for child in household.children for link in child["links"]]
    refuse_unknown_provider(policy, named, household.trial_of)
    household_import = HouseholdImport(write, policy, when)
    household_id = household_import.household_id = _find_or_make_id(
        household_import,
        Household,
        household.reference,
        created_at=when.moment,
        domicile_checked_on=when.day if household.domicile_seen else None,
    )
    _find_known_members(household_import, household_id, household)
    may_move_in = not protected_households_among(write, [household_id])
    for guardian in household.guardians:
        _import_guardian(household_import, household_id, guardian, may_move_in=may_move_in)
    note_trial_members(
        write, [household_id, *household_import.guardians.values()], household.trial_of
    )
    for child in household.children:
        _import_child(
            household_import, household_id, child, contents[child["reference"]], household.trial_of
        )
    if household.address is not None:
        _take_over_address(household_import, household.address)
    return household_import


def publish_imports(
    write: Write, policy: AccessPolicy, imports: Collection[HouseholdImport], when: Instant
) -> None:
    """Publish what these households brought, all of it at once."""
    living = set[str]().union(*(each.living for each in imports))
    made = set[str]().union(*(each.made for each in imports))
    ruled = set[str]().union(*(each.ruled for each in imports))
    moved = targets_at_linked_providers(write, living - made, [FAMILY, RESIDENCE])
    publish_changes(write, policy, moved, when, quiet=True)
    publish_changes(write, policy, _changed_targets(write, imports), when)
    rulings = targets_at_linked_providers(write, ruled, affected_projections(CUSTODY))
    publish_changes(write, policy, rulings, when, quiet=True)
    homes = {each.household_id for each in imports} | homes_of_children(write, living)
    publish_households(write, homes, when)
    guardians = set[str]().union(*(each.guardians.values() for each in imports))
    publish_cards(write, policy, guardians.union(all_guardians_of(write, living)), when)


def _take_over_address(household_import: HouseholdImport, address: Address) -> None:
    """Keep an imported address; one household is locked with its children's other ones."""
    write, household_id = household_import.write, household_import.household_id
    refuse_unlikely_address_date(address["valid_from"], household_import.when)
    if household_id in household_import.made:
        keep_address(write, household_id, address, by=IMPORT, when=household_import.when)
        return
    homes = homes_of_children(write, household_import.living)
    lock_household_versions(write, {household_id, *homes})
    keep_imported_address(write, household_id, address, household_import.when)


def _find_known_members(
    household_import: HouseholdImport,
    household_id: str,
    household: IncomingHousehold,
) -> None:
    """
    Find who was here before under these references.

    Of the children hold all that may change, at once: one by one, two imports could block.
    """
    write = household_import.write
    household_import.guardians |= _known_ids_by_reference(write, Guardian, household.guardians)
    household_import.children |= _known_ids_by_reference(write, Child, household.children)
    kept = kept_id_by_other_id(write, household_import.children.values())
    household_import.children = {
        reference: kept.get(child_id, child_id)
        for reference, child_id in household_import.children.items()
    }
    living = (
        () if household_id in household_import.made else children_living_in(write, household_id)
    )
    household_import.living.update(living)
    lock_children(write, {*household_import.children.values(), *living})


def _known_ids_by_reference(
    write: Write, table: Any, members: Iterable[Mapping[str, Any]]
) -> dict[str, str]:
    references = [each["reference"] for each in members]
    rows = write.execute(select(table.reference, table.id).where(table.reference.in_(references)))
    return dict(rows.all())


def _import_guardian(
    household_import: HouseholdImport,
    household_id: str,
    guardian: Mapping[str, Any],
    *,
    may_move_in: bool,
) -> None:
    reference = guardian["reference"]
    seen = household_import.when.day if guardian.get("seen", True) else None
    write = household_import.write
    guardian_id = household_import.guardians.get(reference)
    if guardian_id is None:
        guardian_id = _find_or_make_id(
            household_import, Guardian, reference, name=guardian["name"], identity_checked_on=seen
        )
        if guardian_id in household_import.made:  # of who was known the name stays
            index_guardian_name(write, guardian_id, guardian["name"], is_new=True)
    household_import.guardians[reference] = guardian_id
    is_new = not household_import.made.isdisjoint((household_id, guardian_id))
    has_left = not is_new and guardian_has_left(write, household_id, guardian_id)
    if guardian.get("lives_here", True) and may_move_in and not has_left:
        _insert_once(
            household_import, HouseholdGuardian, household_id=household_id, guardian_id=guardian_id
        )


def _import_child(
    household_import: HouseholdImport,
    household_id: str,
    child: Mapping[str, Any],
    contents: Mapping[str, Content],
    trial: str | None,
) -> None:
    child_id = _find_or_make_child(household_import, household_id, child["reference"], contents)
    if trial is not None or child_id not in household_import.made:
        note_trial_members(household_import.write, [child_id], trial)
    household_import.children[child["reference"]] = child_id
    is_new = child_id in household_import.made
    if is_new or not child_has_left(household_import.write, household_id, child_id):
        _store_household_of_child(household_import, household_id, child_id, child)
    for reference in dict.fromkeys(child["guardians"]):
        authority = reference not in child.get("without_authority", ())
        _add_guardianship(
            household_import, child_id, household_import.guardians[reference], authority=authority
        )
    _keep_sections(household_import, child_id, contents)
    store_imported_months(household_import.write, child_id, child["course"])
    for provider in dict.fromkeys(child["links"]):
        if is_new or latest_link(household_import.write, child_id, provider) is None:
            add_link(
                household_import.write,
                household_import.policy,
                child_id,
                provider,
                household_import.when,
                IMPORTED,
            )
            household_import.changed[child_id].update(PROJECTIONS)


def _store_household_of_child(
    household_import: HouseholdImport, household_id: str, child_id: str, child: Mapping[str, Any]
) -> None:
    _insert_once(household_import, ChildHousehold, child_id=child_id, household_id=household_id)
    household_import.living.add(child_id)
    if child["weeks"]:
        changes_on = child["changes_on"]
        store_imported_weeks(
            household_import.write,
            child_id,
            household_id,
            child["weeks"],
            changes_on,
            child["changes_at"] or usual_handover_moment(changes_on),
        )


def _find_or_make_child(
    household_import: HouseholdImport,
    household_id: str,
    reference: str,
    contents: Mapping[str, Content],
) -> str:
    """Return the child of that reference, made and named where there is none; hold it."""
    found = household_import.children.get(reference)
    if found is None:
        if IDENTITY not in contents:
            raise BadRequest(errors={"children": {reference: {IDENTITY: ["À remplir."]}}})
        _report_alike_children(
            household_import, household_id, reference, _name_columns(contents[IDENTITY])
        )
        found = _find_or_make_id(
            household_import,
            Child,
            reference,
            created_at=household_import.when.moment,
            **_name_columns(contents[IDENTITY]),
        )
        if found not in household_import.made:
            lock_children(household_import.write, [found])
    household_import.changed.setdefault(found, set())
    return found


def _report_alike_children(
    household_import: HouseholdImport, household_id: str, reference: str, names: Mapping[str, Any]
) -> None:
    """Report whom a new child could be; two with one name stay two until somebody has looked."""
    new = Named(**names, households=frozenset([household_id]))
    alike = [
        child_id
        for child_id, known in children_born_on(household_import.write, names["birth_date"])
        if could_be_one_child(new, known)
    ]
    if alike:
        household_import.alike[reference] = alike


def _name_columns(identity: Content) -> dict[str, object]:
    return {
        "first_name": identity["first_name"],
        "last_name": identity["last_name"],
        "birth_date": date.fromisoformat(identity["birth_date"]),
    }


def _add_guardianship(
    household_import: HouseholdImport, child_id: str, guardian_id: str, *, authority: bool
) -> None:
    """Add a guardianship; one that has ended since is not begun again."""
    pair = (Guardianship.child_id == child_id, Guardianship.guardian_id == guardian_id)
    before = select(Guardianship.id).where(*pair).limit(1)
    if child_id in household_import.made or household_import.write.scalar(before) is None:
        household_import.write.add(
            Guardianship(
                id=new_id(),
                child_id=child_id,
                guardian_id=guardian_id,
                authority=authority,
                valid_from=household_import.when.day,
                link_checked_on=household_import.when.day,
            )
        )


def _keep_sections(
    household_import: HouseholdImport, child_id: str, contents: Mapping[str, Content]
) -> None:
    """Store new sections and corrections of imported ones; what a family entered since stays."""
    rows: dict[str, Section] = {}
    before: dict[str, Content] = {}
    if child_id not in household_import.made:
        rows = stored_sections(household_import.write, child_id, contents)
        before = contents_of_sections(household_import.write, [child_id], rows)[child_id]
    news = {
        section: content
        for section, content in contents.items()
        if section not in rows
        or (rows[section].changed_by == IMPORT and before.get(section, {}) != content)
    }
    if news:
        versions = {section: row.version for section, row in rows.items()}
        store_sections(
            household_import.write,
            child_id,
            versions,
            news,
            by=IMPORT,
            when=household_import.when,
            is_named=child_id in household_import.made,
        )
    if CUSTODY in news and child_id not in household_import.made:
        household_import.ruled.add(child_id)
    for section in news.keys() - {CUSTODY}:
        household_import.changed[child_id].update(affected_projections(section))


def _changed_targets(write: Write, imports: Iterable[HouseholdImport]) -> list[Target]:
    changed: dict[str, set[str]] = defaultdict(set)
    for household_import in imports:
        for child_id, projections in household_import.changed.items():
            changed[child_id] |= projections
    children: dict[frozenset[str], list[str]] = defaultdict(list)
    for child_id, projections in changed.items():
        children[frozenset(projections)].append(child_id)
    return [
        target
        for projections, some in children.items()
        for target in targets_at_linked_providers(write, some, projections)
    ]


def _find_or_make_id(
    household_import: HouseholdImport, table: Any, reference: str, **columns: Any
) -> str:
    """Return the id under a reference, made where it is missing; of two that make it, one wins."""
    row = {"id": new_id(), "reference": reference, **columns}
    insert = household_import.write.upsert_into(table).values(row).on_conflict_do_nothing()
    if household_import.write.scalar(insert.returning(table.id)):
        household_import.made.add(row["id"])
        return str(row["id"])
    return str(household_import.write.scalar(select(table.id).where(table.reference == reference)))


def _insert_once(household_import: HouseholdImport, table: object, **keys: str) -> None:
    household_import.write.execute(
        household_import.write.upsert_into(table).values(keys).on_conflict_do_nothing()
    )
