"""
Placements: a child lives with a carer who has no authority (rules' test 7).

A dated guardianship without authority: whoever reads what a guardian may see finds nothing, and the
day's turn takes the carer off every card and every provider's list.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select, update

from services.dossier.households.commands.homes_apart_from_child import make_own_home
from services.dossier.households.commands.households_for_billing import publish_households
from services.dossier.households.queries.guardianships import PHONE_OF_CARER
from services.dossier.households.queries.ids_of_joined_files import refuse_joined_file
from services.dossier.models import Child, Guardian, Guardianship, HouseholdGuardian
from services.dossier.sections.name_words import index_guardian_name
from services.dossier.sharing.guardian_cards.commands import publish_cards_of_children
from services.dossier.sharing.publishing.commands.projection_publisher import (
    lock_children,
    publish_changes,
    targets_at_linked_providers,
)
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.store import vault
from shared.contracts.dossier.families.safeguarding import EndPlacementRequest, PlaceChildRequest
from shared.contracts.errors import BadRequest, NotFound
from shared.database import Write
from shared.database.tables.validity import not_ended_before_condition
from shared.dates.instant import Instant
from shared.dates.periods import next_change_of_period
from shared.register.entitlement import FAMILY
from shared.runtime.ids import new_id
from shared.text import read_telephone_number


def place_child(
    write: Write, policy: AccessPolicy, request: PlaceChildRequest, *, by: str, when: Instant
) -> str:
    """
    Place a child with a carer, made with a household where new; return the carer's id.

    Said again of the same carer it is the same placement, with other days; one that has begun does
    not begin later for that. Raises NotFound, and BadRequest for days in the wrong order, a carer
    said twice or not at all, or who answers for the child on these days, or a number that is none.
    """
    if request.valid_to is not None and request.valid_to < request.valid_from:
        raise BadRequest(errors={"valid_to": ["before valid_from"]})
    phone = read_telephone_number(request.carer_phone)
    if phone is None and request.carer_phone:
        raise BadRequest(errors={"carer_phone": ["not a telephone number"]})
    child_id = request.child_id
    lock_children(write, [child_id])
    refuse_joined_file(write, child_id)
    if write.get(Child, child_id) is None:
        raise NotFound(child_id=child_id)
    carer_id, household_id = _find_or_make_carer(write, request, when)
    if phone is not None:
        _keep_phone(write, carer_id, phone)
    reaching = _placements_reaching(write, child_id, carer_id, request.valid_from)
    last_day = request.valid_to or date.max
    running = next((row for row in reaching if row.valid_from <= last_day), None)
    _refuse_overlap(write, request, carer_id, running)
    if running is None:
        running = Guardianship(
            id=new_id(),
            child_id=child_id,
            guardian_id=carer_id,
            authority=False,
            carer_in=household_id,
            valid_from=request.valid_from,
            valid_to=request.valid_to,
        )
        write.add(running)
    else:
        if running.valid_from > min(request.valid_from, when.day):
            running.valid_from = request.valid_from
        _set_last_day(running, request.valid_to, when)
    running.paper, running.paper_date = request.paper, request.paper_date
    running.recorded_by = by
    _publish_placement(write, policy, child_id, when)
    return carer_id


def end_placement(
    write: Write, policy: AccessPolicy, request: EndPlacementRequest, *, by: str, when: Instant
) -> None:
    """
    End the placement that has this first day: one that would begin after its last never does.

    Others of the same two stay as they are. Raises NotFound, and BadRequest before one began that
    runs.
    """
    child_id, last_day = request.child_id, request.last_day
    lock_children(write, [child_id])
    reaching = _placements_reaching(write, child_id, request.carer_id, last_day)
    row = next((each for each in reaching if each.valid_from == request.first_day), None)
    if row is None:
        raise NotFound(child_id=child_id)
    if row.valid_from <= last_day:
        _set_last_day(row, last_day, when)
        row.recorded_by = by
    elif row.valid_from > when.day:
        write.delete(row)
    else:
        raise BadRequest(errors={"last_day": ["before the placement"]})
    _publish_placement(write, policy, child_id, when)


def _find_or_make_carer(write: Write, request: PlaceChildRequest, when: Instant) -> tuple[str, str]:
    """Return the carer's id and household: those who are known, or new ones under a name."""
    carer_id, household_id = request.carer_id, request.household_id
    if request.carer_name and not carer_id and not household_id:
        return _make_carer(write, request.carer_name, when)
    if request.carer_name or not carer_id or not household_id:
        raise BadRequest(errors={"carer_name": ["either a name or a carer who is known"]})
    if write.get(HouseholdGuardian, (household_id, carer_id)) is None:
        raise NotFound(carer_id=carer_id)
    return carer_id, household_id


def _make_carer(write: Write, name: str, when: Instant) -> tuple[str, str]:
    """Make a person and a household of its own; what was checked of them, nobody has said yet."""
    carer_id = new_id()
    write.add(Guardian(id=carer_id, reference=f"desk/{carer_id}", name=name))
    write.flush()
    index_guardian_name(write, carer_id, name)
    household_id = make_own_home(write, carer_id, when)
    publish_households(write, [household_id], when)
    return carer_id, household_id


def _keep_phone(write: Write, carer_id: str, phone: str) -> None:
    sealed = vault.seal(carer_id, PHONE_OF_CARER, phone)
    write.execute(update(Guardian).where(Guardian.id == carer_id).values(phone=sealed))


def _set_last_day(row: Guardianship, last_day: date | None, when: Instant) -> None:
    row.valid_to = last_day
    row.turns_on = next_change_of_period(row.valid_from, last_day, when.day)


def _placements_reaching(
    write: Write, child_id: str, carer_id: str, day: date
) -> Sequence[Guardianship]:
    """Return the placements of a child with this carer that reach a day or begin later."""
    return write.scalars(
        select(Guardianship)
        .where(
            Guardianship.child_id == child_id,
            Guardianship.guardian_id == carer_id,
            Guardianship.carer_in.is_not(None),
            not_ended_before_condition(Guardianship.valid_to, day),
        )
        .order_by(Guardianship.valid_from)
    ).all()


def _refuse_overlap(
    write: Write, request: PlaceChildRequest, carer_id: str, changed: Guardianship | None
) -> None:
    """Raise BadRequest if this adult has the child, or answers for it, on these days already."""
    rows = select(Guardianship).where(
        Guardianship.child_id == request.child_id,
        Guardianship.guardian_id == carer_id,
        Guardianship.valid_from <= (request.valid_to or date.max),
        not_ended_before_condition(Guardianship.valid_to, request.valid_from),
    )
    for row in write.scalars(rows):
        if row is not changed:
            field = "carer" if row.carer_in is None else "valid_to"
            raise BadRequest(errors={field: ["another period of the same two"]})


def _publish_placement(write: Write, policy: AccessPolicy, child_id: str, when: Instant) -> None:
    write.flush()
    publish_changes(
        write, policy, targets_at_linked_providers(write, [child_id], [FAMILY]), when, quiet=True
    )
    publish_cards_of_children(write, policy, [child_id], when)
