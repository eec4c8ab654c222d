"""
Separates a household from a day on: at once, or by itself when its day comes.

Each child that lived there gets a correction of its weeks, whose receipts are the separation's.
"""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select

from services.dossier.corrections.commands.section_corrections import publish_corrected_children
from services.dossier.corrections.commands.two_home_weeks import present_weeks_as_shown, seal_weeks
from services.dossier.corrections.queries.home_names import names_of_homes
from services.dossier.corrections.queries.separations import (
    children_to_place,
    guardians_living_in,
    household_known_since,
    waiting_separation,
)
from services.dossier.corrections.rules.dates_and_contents import (
    check_homes_of_children,
    check_separation,
    fields_of_weeks,
    sealed_place_of_separation,
)
from services.dossier.households.commands.separation import Leaving, separate_household
from services.dossier.households.commands.two_home_weeks import store_weeks_of_child
from services.dossier.households.queries.guardianships import (
    all_guardians_of,
    authority_conditions,
    children_living_in,
    homes_of_child,
)
from services.dossier.households.queries.two_home_weeks import weeks_by_child
from services.dossier.households.rules.commune_code_of_typed_address import (
    address_with_commune_code,
)
from services.dossier.models import Correction, Guardianship, Household, Separation
from services.dossier.sharing.guardian_cards.commands import publish_cards
from services.dossier.sharing.publishing.commands.projection_publisher import (
    lock_home,
    publish_changes,
    targets_at_linked_providers,
)
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.store import vault
from shared.contracts.dossier.corrections import WEEKS, AnotherWaits
from shared.contracts.dossier.families.safeguarding import IN_BOTH, WITH_WHO_LEAVES, WITH_WHO_STAYS
from shared.contracts.dossier.families.separation import SeparateHouseholdRequest
from shared.contracts.dossier.two_home_weeks import (
    ChildWeeks,
    weeks_in_one_home,
    weeks_with_homes_replaced,
)
from shared.contracts.errors import BadRequest, NotFound
from shared.database import Write
from shared.dates.instant import Instant
from shared.register import Register
from shared.register.entitlement import FAMILY
from shared.runtime.ids import new_id

Said = Mapping[str, Any]
"""The content of a separation until its day: `lives` by child, `weeks`, `address`."""


def record_separation(
    write: Write, register: Register, request: SeparateHouseholdRequest, *, by: str, when: Instant
) -> str:
    """Separate a household from a day on; return its id. Raises as the contract says."""
    household_id = request.household_id
    lock_home(write, household_id)
    home = write.get(Household, household_id)
    if home is None:
        raise NotFound(household_id=household_id)
    if (waiting := waiting_separation(write, household_id)) is not None:
        raise AnotherWaits(separation_id=waiting.id)
    living = guardians_living_in(write, household_id)
    check_separation(request, living, household_known_since(home), when.day)
    lives = {child["child_id"]: child["lives"] for child in request.children}
    _check_homes_of_children(write, household_id, request.guardians, lives, when)
    said = {"lives": lives, "weeks": request.weeks, "address": request.address}
    row = _new_separation(request, by=by, when=when)
    vault.prepare_keys([household_id])
    row.content = vault.seal(household_id, sealed_place_of_separation(row.id), said)
    write.add(row)
    write.flush()
    if request.holds_from <= when.day:
        _apply_separation(write, register, row, said, when)
    return row.id


def apply_due_separation(
    write: Write, register: Register, separation_id: str, when: Instant
) -> None:
    """Separate a household whose day has come; it lapses where the household is another by then."""
    row = write.get(Separation, separation_id, with_for_update=True)
    if row is None or row.content is None:
        return
    lock_home(write, row.household_id)
    place = sealed_place_of_separation(row.id)
    said = dict(vault.open(row.household_id, place, row.content))
    here = {child.id for child, _ in children_to_place(write, row.household_id)}
    said["lives"] = {child: lives for child, lives in said["lives"].items() if child in here}
    living = guardians_living_in(write, row.household_id)
    try:
        if not set(row.guardian_ids) < living:
            raise BadRequest(errors={"guardians": ["who lives there"]})
        _check_guardian_in_each_home(write, row.household_id, row.guardian_ids, said["lives"], when)
    except BadRequest:
        row.lapsed_at, row.content = when.moment, None
        return
    _apply_separation(write, register, row, said, when)


def withdraw_separation(write: Write, separation_id: str, *, by: str, when: Instant) -> None:
    """Take a separation back whose day has not come; raises NotFound, also once it is done."""
    row = write.get(Separation, separation_id, with_for_update=True)
    if row is None or row.content is None:
        raise NotFound(separation_id=separation_id)
    row.withdrawn_at, row.withdrawn_by, row.content = when.moment, by, None


def _check_homes_of_children(
    write: Write,
    household_id: str,
    leaving: Collection[str],
    lives: Mapping[str, str],
    when: Instant,
) -> None:
    placed = children_to_place(write, household_id)
    elsewhere = [child.id for child, in_two in placed if in_two]
    check_homes_of_children(lives, [child.id for child, _ in placed], elsewhere)
    _check_guardian_in_each_home(write, household_id, leaving, lives, when)


def _check_guardian_in_each_home(
    write: Write,
    household_id: str,
    leaving: Collection[str],
    lives: Mapping[str, str],
    when: Instant,
) -> None:
    """Raise BadRequest for a child in a home where nobody would answer for it."""
    living = guardians_living_in(write, household_id)
    homes = {WITH_WHO_LEAVES: set(leaving), WITH_WHO_STAYS: living - set(leaving)}
    for child_id, home in lives.items():
        answering = set(
            write.scalars(
                select(Guardianship.guardian_id).where(
                    Guardianship.child_id == child_id,
                    Guardianship.guardian_id.in_(living),
                    *authority_conditions(when.day),
                )
            )
        )
        in_it = homes if home == IN_BOTH else (home,)
        if answering and not all(answering & homes[each] for each in in_it):
            raise BadRequest(errors={"lives": ["a home where nobody answers for the child"]})


def _apply_separation(
    write: Write, register: Register, row: Separation, said: Said, when: Instant
) -> None:
    household_id, lives = row.household_id, said["lives"]
    before = {child_id: present_weeks_as_shown(write, child_id, when) for child_id in lives}
    living = children_living_in(write, household_id)
    typed = said["address"]
    address = address_with_commune_code(register, typed, row.holds_from) if typed else None
    leaving = Leaving(household_id, row.guardian_ids, lives, address, row.holds_from)
    row.new_household_id = separate_household(write, leaving, by=row.recorded_by, when=when)
    row.applied_at, row.content = when.moment, None
    homes = {WITH_WHO_STAYS: household_id, WITH_WHO_LEAVES: row.new_household_id}
    corrections = []
    for child_id in lives:
        weeks = _weeks_after_separation(write, child_id, said, homes)
        if weeks is not None:
            store_weeks_of_child(write, child_id, weeks, row.holds_from)
            after = fields_of_weeks(weeks, names_of_homes(write, child_id, when.day))
            corrections.append(_make_correction_of_weeks(row, child_id, when))
            seal_weeks(corrections[-1], weeks, before[child_id], after)
    write.add_all(corrections)
    write.flush()
    policy = AccessPolicy.from_register(register)
    publish_corrected_children(
        write, policy, corrections, [FAMILY], when, quiet=True, homes=homes.values()
    )
    publish_changes(
        write, policy, targets_at_linked_providers(write, living, [FAMILY]), when, quiet=True
    )
    publish_cards(write, policy, [*row.guardian_ids, *all_guardians_of(write, living)], when)


def _weeks_after_separation(
    write: Write, child_id: str, said: Said, homes: Mapping[str, str]
) -> ChildWeeks | None:
    """Return a child's weeks: those said, all days in one home, or as before with a third home."""
    lives = said["lives"][child_id]
    if lives == IN_BOTH:
        return weeks_with_homes_replaced(said["weeks"], homes)
    if len(homes_of_child(write, child_id)) > 1:
        return weeks_by_child(write, [child_id]).get(child_id)
    return weeks_in_one_home(homes[lives])


def _new_separation(request: SeparateHouseholdRequest, *, by: str, when: Instant) -> Separation:
    return Separation(
        id=new_id(),
        household_id=request.household_id,
        guardian_ids=sorted(set(request.guardians)),
        paper=request.paper,
        paper_date=request.paper_date,
        reason=request.reason,
        holds_from=request.holds_from,
        recorded_by=by,
        recorded_at=when.moment,
    )


def _make_correction_of_weeks(row: Separation, child_id: str, when: Instant) -> Correction:
    return Correction(
        id=new_id(),
        act_id=row.id,
        child_id=child_id,
        subject=WEEKS,
        paper=row.paper,
        paper_date=row.paper_date,
        reason=row.reason,
        holds_from=row.holds_from,
        recorded_by=row.recorded_by,
        recorded_at=when.moment,
        applied_at=when.moment,
        separation_id=row.id,
    )
