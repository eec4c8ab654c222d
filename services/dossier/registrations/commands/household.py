"""
A household from another software: written once, and never over what a family has told since.

References are the other software's numbers; a child of two households comes with each of them,
under the same reference.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypedDict

from sqlalchemy import select

from services.dossier.activity_history.commands.history import take_over
from services.dossier.households.commands.guardianships import share_weeks
from services.dossier.households.commands.moves import arrive
from services.dossier.households.queries.guardianships import (
    children_born,
    children_living_in,
    guardians_of,
)
from services.dossier.households.queries.protection import protected_among
from services.dossier.households.rules.likeness import Named, could_be_one
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
from services.dossier.registrations.rules.household import ArrivingHousehold, checked
from services.dossier.sections.commands import keep_over
from services.dossier.sections.queries import CUSTODY, IDENTITY, contents_of, stored_sections
from services.dossier.sections.rules.projections import Content, affected
from services.dossier.sharing.cards.commands import tell_cards
from services.dossier.sharing.links.commands.links import add_link
from services.dossier.sharing.links.commands.trials import belongs
from services.dossier.sharing.links.queries.links import latest_link
from services.dossier.sharing.publishing.commands.publisher import lock_children, targets_of, tell
from services.dossier.sharing.rules.policy import Reach, refuse_unknown
from services.dossier.sharing.rules.targets import Target
from shared.contracts.errors import BadRequest
from shared.database import Write
from shared.dates.instant import When
from shared.register.entitlement import FAMILY, PROJECTIONS
from shared.runtime.ids import new_id


@dataclass
class Arrival:
    """
    One import on its way: ids by reference, and what has to be told at the end.

    `made` holds the ids of whom nothing was here before, and so nothing was told; `changed` holds
    projections by child, `ruled` the known children with a new ruling, `alike` by reference of a
    new child those whom it could be.
    """

    write: Write
    reach: Reach
    when: When
    guardians: dict[str, str] = field(default_factory=dict)
    children: dict[str, str] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    changed: dict[str, set[str]] = field(default_factory=dict)
    ruled: set[str] = field(default_factory=set)
    alike: dict[str, list[str]] = field(default_factory=dict)


class ArrivedIds(TypedDict):
    """Ids by reference, and by reference of a new child those whom it could be."""

    household_id: str
    guardians: dict[str, str]
    children: dict[str, str]
    alike: dict[str, list[str]]


def import_household(
    write: Write, reach: Reach, household: ArrivingHousehold, when: When
) -> ArrivedIds:
    """
    Store a household with its guardians, children, sections and links; return ids by reference.

    Repeated, it adds what is new and corrects what nobody but an import has told. A link that a
    family ended stays ended; a protected household takes in nobody more (rule R9). The other
    software has seen its papers; an accepted draft, which arrives the same way, says what was not
    `seen`, who does not live there (`lives_here`) and who
    answers `without_authority`. Raises BadRequest and ProviderUnknown before anything is written.
    """
    contents = checked(household)
    named = [link for child in household.children for link in child["links"]]
    refuse_unknown(reach, named, household.trial_of)
    arrival = Arrival(write, reach, when)
    household_id = _id_of(
        arrival,
        Household,
        household.reference,
        created_at=when.moment,
        domicile_checked_on=when.day if household.domicile_seen else None,
    )
    _find_known(arrival, household_id, household)
    for guardian in household.guardians:
        _guardian(arrival, household_id, guardian)
    belongs(write, [household_id, *arrival.guardians.values()], household.trial_of)
    for child in household.children:
        _child(arrival, household_id, child, contents[child["reference"]], household.trial_of)
    family = children_living_in(write, household_id)
    before = [child_id for child_id in family if child_id not in arrival.made]
    tell(write, reach, targets_of(write, before, [FAMILY]), when, quiet=True)
    tell(write, reach, _news(arrival), when)
    ruled = targets_of(write, arrival.ruled, affected(CUSTODY))
    tell(write, reach, ruled, when, quiet=True)
    arrive(write, household_id, family, household.address, when)
    answerable = {*guardians_of(write, family), *arrival.guardians.values()}
    tell_cards(write, reach, answerable, when)
    return {
        "household_id": household_id,
        "guardians": arrival.guardians,
        "children": arrival.children,
        "alike": arrival.alike,
    }


def _find_known(arrival: Arrival, household_id: str, household: ArrivingHousehold) -> None:
    """
    Find who was here before under these references.

    Of the children hold all that may change, at once: one by one, two imports could block.
    """
    write = arrival.write
    arrival.guardians |= _known(write, Guardian, household.guardians)
    arrival.children |= _known(write, Child, household.children)
    living = () if household_id in arrival.made else children_living_in(write, household_id)
    lock_children(write, {*arrival.children.values(), *living})


def _known(write: Write, table: Any, members: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    references = [each["reference"] for each in members]
    rows = write.execute(select(table.reference, table.id).where(table.reference.in_(references)))
    return dict(rows.tuples().all())


def _guardian(arrival: Arrival, household_id: str, guardian: Mapping[str, Any]) -> None:
    reference = guardian["reference"]
    seen = arrival.when.day if guardian.get("seen", True) else None
    guardian_id = arrival.guardians.get(reference) or _id_of(
        arrival, Guardian, reference, name=guardian["name"], identity_checked_on=seen
    )
    arrival.guardians[reference] = guardian_id
    if guardian.get("lives_here", True) and not protected_among(arrival.write, [household_id]):
        _add_once(arrival, HouseholdGuardian, household_id=household_id, guardian_id=guardian_id)


def _child(
    arrival: Arrival,
    household_id: str,
    child: Mapping[str, Any],
    contents: Mapping[str, Content],
    trial: str | None,
) -> None:
    child_id = _child_id(arrival, household_id, child["reference"], contents)
    if trial is not None or child_id not in arrival.made:
        belongs(arrival.write, [child_id], trial)
    arrival.children[child["reference"]] = child_id
    _add_once(arrival, ChildHousehold, child_id=child_id, household_id=household_id)
    if child["weeks"]:
        share_weeks(arrival.write, child_id, household_id, child["weeks"], child["changes_on"])
    for reference in dict.fromkeys(child["guardians"]):
        authority = reference not in child.get("without_authority", ())
        _answers_for(arrival, child_id, arrival.guardians[reference], authority=authority)
    _tell_once(arrival, child_id, contents)
    take_over(arrival.write, child_id, child["course"])
    is_new = child_id in arrival.made
    for provider in dict.fromkeys(child["links"]):
        if is_new or latest_link(arrival.write, child_id, provider) is None:
            add_link(arrival.write, arrival.reach, child_id, provider, arrival.when, IMPORTED)
            arrival.changed[child_id].update(PROJECTIONS)


def _child_id(
    arrival: Arrival, household_id: str, reference: str, contents: Mapping[str, Content]
) -> str:
    """Return the child of that reference, made and named where there is none; hold it."""
    found = arrival.children.get(reference)
    if found is None:
        if IDENTITY not in contents:
            raise BadRequest(errors={"children": {reference: {IDENTITY: ["À remplir."]}}})
        _look_for_alike(arrival, household_id, reference, _names(contents[IDENTITY]))
        found = _id_of(
            arrival, Child, reference, created_at=arrival.when.moment, **_names(contents[IDENTITY])
        )
        if found not in arrival.made:
            lock_children(arrival.write, [found])
    arrival.changed.setdefault(found, set())
    return found


def _look_for_alike(
    arrival: Arrival, household_id: str, reference: str, names: Mapping[str, Any]
) -> None:
    """Report whom a new child could be; two with one name stay two until somebody has looked."""
    new = Named(**names, households=frozenset([household_id]))
    alike = [
        child_id
        for child_id, known in children_born(arrival.write, names["birth_date"])
        if could_be_one(new, known)
    ]
    if alike:
        arrival.alike[reference] = alike


def _names(identity: Content) -> dict[str, Any]:
    return {
        "first_name": identity["first_name"],
        "last_name": identity["last_name"],
        "birth_date": date.fromisoformat(identity["birth_date"]),
    }


def _answers_for(arrival: Arrival, child_id: str, guardian_id: str, *, authority: bool) -> None:
    """A guardianship that has ended since stays ended."""
    pair = (Guardianship.child_id == child_id, Guardianship.guardian_id == guardian_id)
    before = select(Guardianship.id).where(*pair).limit(1)
    if child_id in arrival.made or arrival.write.scalar(before) is None:
        arrival.write.add(
            Guardianship(
                id=new_id(),
                child_id=child_id,
                guardian_id=guardian_id,
                authority=authority,
                valid_from=arrival.when.day,
                link_checked_on=arrival.when.day,
            )
        )


def _tell_once(arrival: Arrival, child_id: str, contents: Mapping[str, Content]) -> None:
    """Keep what is new or was imported otherwise before; what a family has told since stays."""
    rows: dict[str, Section] = {}
    before: dict[str, Content] = {}
    if child_id not in arrival.made:
        rows = stored_sections(arrival.write, child_id, contents)
        before = contents_of(arrival.write, [child_id], rows)[child_id]
    news = {
        section: content
        for section, content in contents.items()
        if section not in rows
        or (rows[section].changed_by == IMPORT and before.get(section, {}) != content)
    }
    if news:
        keep_over(arrival.write, child_id, rows, news, by=IMPORT, when=arrival.when)
    if CUSTODY in news and child_id not in arrival.made:
        arrival.ruled.add(child_id)
    for section in news.keys() - {CUSTODY}:
        arrival.changed[child_id].update(affected(section))


def _news(arrival: Arrival) -> list[Target]:
    children: dict[frozenset[str], list[str]] = defaultdict(list)
    for child_id, projections in arrival.changed.items():
        children[frozenset(projections)].append(child_id)
    return [
        target
        for projections, some in children.items()
        for target in targets_of(arrival.write, some, projections)
    ]


def _id_of(arrival: Arrival, table: Any, reference: str, **columns: Any) -> str:
    """Return the id under a reference, made where it is missing; of two that make it, one wins."""
    row = {"id": new_id(), "reference": reference, **columns}
    insert = arrival.write.upsert(table).values(row).on_conflict_do_nothing()
    if arrival.write.scalar(insert.returning(table.id)):
        arrival.made.add(row["id"])
        return str(row["id"])
    return str(arrival.write.scalar(select(table.id).where(table.reference == reference)))


def _add_once(arrival: Arrival, table: Any, **keys: str) -> None:
    arrival.write.execute(arrival.write.upsert(table).values(keys).on_conflict_do_nothing())
