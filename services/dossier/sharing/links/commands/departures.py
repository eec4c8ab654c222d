"""
Announces that children of a household leave the town, takes it back, and ends all on the day.

Until then nothing ends but the days after it: every service learns the last one at once, and
books nothing later. So it can be taken back whole.
"""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import delete, select

from services.dossier.households.commands.addresses import keep_address
from services.dossier.households.commands.households_for_billing import (
    lock_household_versions,
    publish_locked_households,
)
from services.dossier.households.queries.addresses import addresses_by_household
from services.dossier.households.queries.guardianships import homes_of_child
from services.dossier.households.queries.ids_of_joined_files import all_ids_of_child
from services.dossier.households.queries.last_days_in_town import (
    children_of_departure,
    departures_of_household,
)
from services.dossier.models import Departure, HouseholdAddress, Link
from services.dossier.sharing.guardian_cards.commands import publish_cards_of_children
from services.dossier.sharing.links.commands.provider_links import end_link
from services.dossier.sharing.publishing.commands.projection_publisher import (
    lock_children,
    lock_home,
    publish_changes,
    targets_at_linked_providers,
)
from services.dossier.sharing.rules.access_policy import AccessPolicy
from shared.contracts.dossier.families.departures import (
    FARTHEST,
    AnnounceDepartureRequest,
    ChildOfHome,
    NewAddress,
)
from shared.contracts.dossier.guardians import Address
from shared.contracts.errors import BadRequest, NotFound
from shared.database import Write
from shared.dates.clock import midnight
from shared.dates.instant import Instant
from shared.register import Register
from shared.register.entitlement import FAMILY

NEXT_DAY = timedelta(days=1)


def announce_departure(
    write: Write,
    register: Register,
    policy: AccessPolicy,
    request: AnnounceDepartureRequest,
    *,
    by: str,
    when: Instant,
) -> None:
    """Note the last day of these children, and publish it. Raises as the contract says."""
    if not when.day <= request.last_day <= when.day + FARTHEST:
        raise BadRequest(errors={"last_day": ["between today and a year"]})
    lock_home(write, request.household_id)
    theirs = children_of_departure(write, request.household_id, by, when.day)
    children = sorted(set(request.children))
    _require_leaving_children(children, theirs)
    former = _departures_of_children(write, request.household_id, theirs)
    concerned = sorted({*(row.child_id for row in former), *children})
    locked = lock_household_versions(write, [request.household_id])
    said = request.address or _address_of_former_departure(write, former)
    _forget_departures(write, request.household_id, concerned)
    write.add_all(
        Departure(
            child_id=child_id,
            household_id=request.household_id,
            last_day=request.last_day,
            said_by=by,
            said_at=when.moment,
        )
        for child_id in children
    )
    write.flush()
    if said is not None:
        address = _address_after(register, said, request)
        keep_address(write, request.household_id, address, by=by, when=when)
    publish_locked_households(write, locked, when)
    _publish_last_days(write, policy, concerned, when)


def withdraw_departure(
    write: Write, policy: AccessPolicy, household_id: str, *, by: str, when: Instant
) -> None:
    """
    Take a guardian's departure back, with the address said with it; raises NotFound if over.

    That of a child of the same home without its authority stays as it was said.
    """
    lock_home(write, household_id)
    theirs = children_of_departure(write, household_id, by, when.day)
    rows = _departures_of_children(write, household_id, theirs)
    children = [row.child_id for row in rows if row.last_day >= when.day]
    if not children:
        raise NotFound(household_id=household_id)
    locked = lock_household_versions(write, [household_id])
    _forget_departures(write, household_id, children)
    publish_locked_households(write, locked, when)
    _publish_last_days(write, policy, children, when)


def end_due_departures(
    write: Write, policy: AccessPolicy, child_ids: Collection[str], when: Instant
) -> None:
    """
    End all links of these children with the last moment of their last day, whatever they came of.

    The school's too: who leaves the town goes to school elsewhere, and its school service has known
    the day. One that has come to live in another home of the town stays after all.
    """
    lock_children(write, child_ids)
    due = select(Departure).where(
        Departure.child_id.in_(child_ids),
        Departure.last_day < when.day,
        Departure.ended_at.is_(None),
    )
    for row in write.scalars(due.order_by(Departure.child_id)).all():
        if homes_of_child(write, row.child_id) != [row.household_id]:
            write.delete(row)
            continue
        row.ended_at = when.moment
        _end_links_of_child(write, policy, row)
    write.flush()
    _publish_last_days(write, policy, child_ids, when)


def _end_links_of_child(write: Write, policy: AccessPolicy, row: Departure) -> None:
    last_moment = midnight(row.last_day + NEXT_DAY) - timedelta(microseconds=1)
    links = select(Link).where(
        Link.child_id.in_(all_ids_of_child(write, row.child_id)), Link.closed_at.is_(None)
    )
    for link in write.scalars(links.order_by(Link.provider, Link.child_id)).all():
        if link.opened_at <= last_moment:  # one opened since is of a child that has come back
            end_link(write, policy, link, Instant(last_moment, row.last_day))


def _departures_of_children(
    write: Write, household_id: str, children: Collection[ChildOfHome]
) -> list[Departure]:
    """Return what was said of these children of a household, and has not been carried out."""
    ids = {child["child_id"] for child in children}
    return [row for row in departures_of_household(write, household_id) if row.child_id in ids]


def _require_leaving_children(
    child_ids: Collection[str], children: Collection[ChildOfHome]
) -> None:
    """Raise NotFound for a child that is not the guardian's, BadRequest if one has another home."""
    stays = {child["child_id"]: child["stays"] for child in children}
    for child_id in child_ids:
        if child_id not in stays:
            raise NotFound(child_id=child_id)
        if stays[child_id]:
            raise BadRequest(errors={"children": ["lives in another home too"]})


def _address_after(
    register: Register, said: NewAddress, request: AnnounceDepartureRequest
) -> Address:
    communes = {commune.insee: commune.name for commune in register.now.communes}
    return {
        "street": said["street"],
        "postcode": said["postcode"],
        "insee": said["insee"],
        "commune": communes.get(said["insee"], said["commune"]),
        "valid_from": request.last_day + NEXT_DAY,
    }


def _address_of_former_departure(write: Write, former: Collection[Departure]) -> NewAddress | None:
    """Return the address that was said with a departure that is now said again without one."""
    for row in former:
        since = row.last_day + NEXT_DAY
        kept = write.get(HouseholdAddress, (row.household_id, since))
        if kept is not None and kept.changed_at == row.said_at:
            known = addresses_by_household(write, [row.household_id])[row.household_id]
            address = next(each for each in known if each["valid_from"] == since)
            return {
                "street": address["street"],
                "postcode": address["postcode"],
                "insee": address["insee"],
                "commune": address["commune"],
            }
    return None


def _forget_departures(write: Write, household_id: str, child_ids: Collection[str]) -> None:
    """Delete what was said of these children, with the address said in the same act."""
    rows = select(Departure).where(Departure.child_id.in_(child_ids))
    for row in write.scalars(rows).all():
        if row.ended_at is None and row.household_id == household_id:
            write.execute(
                delete(HouseholdAddress).where(
                    HouseholdAddress.household_id == household_id,
                    HouseholdAddress.valid_from == row.last_day + NEXT_DAY,
                    HouseholdAddress.changed_at == row.said_at,
                )
            )
        write.delete(row)
    write.flush()


def _publish_last_days(
    write: Write, policy: AccessPolicy, child_ids: Collection[str], when: Instant
) -> None:
    targets = targets_at_linked_providers(write, child_ids, [FAMILY])
    publish_changes(write, policy, targets, when, quiet=True)
    publish_cards_of_children(write, policy, child_ids, when)
