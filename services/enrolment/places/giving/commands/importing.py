"""Places and ranks that children had in another software, given once; no notice leaves."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select

from services.enrolment.families.queries.muted_children import muted_children
from services.enrolment.models import Activity, Application, ChildGuardian, Group
from services.enrolment.models.places import IMPORT
from services.enrolment.offer.queries.group_capacity import room_of_group_on_day
from services.enrolment.places.admission.queries.child_file import (
    children_with_file,
    households_of_child,
)
from services.enrolment.places.admission.queries.live_applications import live_application
from services.enrolment.places.giving.commands.group_admission import (
    LEFT_TO_DESK_FOR,
    GroupAdmission,
    lock_group_admissions,
)
from services.enrolment.places.placing.commands import placing
from shared.contracts.enrolment.places.imports import (
    ASKED_HERE,
    ENDED,
    FULL,
    NO_GUARDIAN,
    ImportedPlace,
    ImportPlacesAnswer,
    RefusedPlace,
)
from shared.contracts.enrolment.places.states import ACCEPTED, WAITING
from shared.contracts.errors import BadRequest
from shared.database import Write
from shared.dates.clock import PARIS, midnight
from shared.runtime.ids import new_id

SAME = "same"


def import_places(
    write: Write, places: Sequence[ImportedPlace], now: datetime, batch: str = ""
) -> ImportPlacesAnswer:
    """
    Give these places and ranks, each once: one that was given up since stays so.

    Returns the children whose file has not come, or who died, and what is refused. Raises
    BadRequest for an unknown group.
    """
    named = {place["child_id"] for place in places}
    with_file = children_with_file(write, named) - muted_children(write, named)
    by_group: dict[str, list[ImportedPlace]] = {}
    groups = _ids_by_name_of_group(write, {place["group"] for place in places})
    for place in places:
        by_group.setdefault(groups[place["group"]], []).append(place)
    outcomes: list[tuple[ImportedPlace, str]] = []
    with lock_group_admissions(write, by_group, now) as admissions:
        for group_id, admission in admissions.items():
            come = [place for place in by_group[group_id] if place["child_id"] in with_file]
            outcomes += _take_in_places_of_group(admission, come, batch)
    whys = [why for _, why in outcomes]
    return ImportPlacesAnswer(
        new=whys.count(""),
        same=whys.count(SAME),
        waiting=sorted(named - with_file),
        refused=[
            RefusedPlace(child_id=place["child_id"], group=place["group"], why=why)
            for place, why in outcomes
            if why not in ("", SAME)
        ],
    )


def _ids_by_name_of_group(write: Write, names: set[str]) -> dict[str, str]:
    """Return ids of groups by their reference or their id."""
    rows = write.execute(
        select(Group.id, Group.reference).where(
            or_(Group.reference.in_(names), Group.id.in_(names))
        )
    )
    found = {name: row.id for row in rows for name in (row.id, row.reference) if name in names}
    if unknown := names - found.keys():
        raise BadRequest(errors={"group": sorted(unknown)})
    return found


def _take_in_places_of_group(
    admission: GroupAdmission, places: Sequence[ImportedPlace], batch: str
) -> list[tuple[ImportedPlace, str]]:
    """Give the places of a group first, then its ranks; return each with why it is not new."""
    came = set(
        admission.write.scalars(
            select(Application.child_id).where(
                Application.group_id == admission.group.id, Application.channel == IMPORT
            )
        )
    )
    outcomes = []
    for place in sorted(places, key=lambda each: each["waits_since"] is not None):
        why = SAME if place["child_id"] in came else _reason_to_leave_out(admission, place)
        if not why:
            came.add(place["child_id"])
            _take_in_place(admission, place, batch)
        outcomes.append((place, why))
    return outcomes


def _reason_to_leave_out(admission: GroupAdmission, place: ImportedPlace) -> str:
    """Return why a place cannot come, SAME where the child is in the group already, or ""."""
    write, group, child_id = admission.write, admission.group, place["child_id"]
    today = admission.now.astimezone(PARIS).date()
    if placing.place_of_child_in_group(write, child_id, group.id, today):
        return SAME
    live = live_application(write, child_id, group.id)
    if live is not None:
        return SAME if live.state == ACCEPTED else ASKED_HERE
    last_day = place["valid_to"]
    if last_day is not None and last_day < max(place["valid_from"], group.first_day):
        return ENDED
    first = select(ChildGuardian.subject).where(ChildGuardian.child_id == child_id).limit(1)
    if write.scalar(first) is None:
        return NO_GUARDIAN
    room = room_of_group_on_day(write, group, max(place["valid_from"], today))
    return "" if place["waits_since"] or room.has_places_left else FULL


def _take_in_place(admission: GroupAdmission, place: ImportedPlace, batch: str) -> None:
    """Give a place or a rank; of a child of several homes it is all of theirs, as at the desk."""
    write, waits_since = admission.write, place["waits_since"]
    guardian = write.scalars(
        select(ChildGuardian.subject)
        .where(ChildGuardian.child_id == place["child_id"])
        .order_by(ChildGuardian.household_id, ChildGuardian.subject)
        .limit(1)
    ).one()
    homes = households_of_child(write, place["child_id"])
    application = Application(
        id=new_id(),
        child_id=place["child_id"],
        group_id=admission.group.id,
        subject=guardian,
        household_id=homes[0] if len(homes) == 1 else None,
        channel=IMPORT,
        link_version=0,
        weekdays=_weekdays_of_imported_place(admission.activity, admission.group, place),
        from_day=place["valid_from"],
        criteria=[],
        state=WAITING if waits_since else ACCEPTED,
        reason="",
        reason_detail={},
        submitted_at=midnight(waits_since) if waits_since else admission.now,
        decided_at=admission.now,
        left_to_desk_until=admission.now + LEFT_TO_DESK_FOR if waits_since else None,
        batch=batch,
    )
    write.add(application)
    write.flush()
    if waits_since:
        admission.put_on_list(application)
        return
    placing.give_place(
        write, application, admission.now, place["valid_from"], valid_to=place["valid_to"]
    )
    admission.changed_children.add(place["child_id"])
    admission.room_moved = True


def _weekdays_of_imported_place(activity: Activity, group: Group, place: ImportedPlace) -> str:
    if activity.booking == "whole":
        return ""
    chosen = {str(day) for day in place["weekdays"]} or set(group.weekdays)
    return "".join(day for day in group.weekdays if day in chosen)
