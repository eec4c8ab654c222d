"""Places that children had in another software, given once."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from services.enrolment.models import Activity, Application, ChildGuardian, Group
from services.enrolment.models.places import IMPORT
from services.enrolment.offer.queries.group_capacity import room_of_group_on_day
from services.enrolment.places.admission.queries.child_file import children_with_file
from services.enrolment.places.giving.commands.group_admission import (
    GroupAdmission,
    lock_group_admissions,
)
from services.enrolment.places.placing.commands import placing
from shared.contracts.enrolment.places.imports import ImportedPlace, ImportPlacesAnswer
from shared.contracts.enrolment.places.states import ACCEPTED
from shared.contracts.errors import BadRequest
from shared.database import Write
from shared.dates.clock import PARIS
from shared.runtime.ids import new_id


def import_places(
    write: Write, places: Sequence[ImportedPlace], now: datetime
) -> ImportPlacesAnswer:
    """
    Give these places, each once: one that was given up since stays so.

    Returns how many have been given, and the children whose file has not come. Raises BadRequest
    for an unknown group, and for more children than places.
    """
    with_file = children_with_file(write, {place["child_id"] for place in places})
    by_group: dict[str, list[ImportedPlace]] = {}
    for place in places:
        by_group.setdefault(place["group"], []).append(place)
    groups = _references_by_group_id(write, list(by_group))
    with lock_group_admissions(write, groups, now) as admissions:
        for group_id, admission in admissions.items():
            group_places = by_group[groups[group_id]]
            _give_missing_places(
                admission, [place for place in group_places if place["child_id"] in with_file]
            )
    waiting = [place["child_id"] for place in places if place["child_id"] not in with_file]
    return ImportPlacesAnswer(given=len(places) - len(waiting), waiting=sorted(set(waiting)))


def _references_by_group_id(write: Write, references: Sequence[str]) -> dict[str, str]:
    """Return references by group id."""
    rows = write.execute(select(Group.id, Group.reference).where(Group.reference.in_(references)))
    by_id = {row.id: row.reference for row in rows}
    unknown = set(references) - set(by_id.values())
    if unknown:
        raise BadRequest(errors={"group": sorted(unknown)})
    return by_id


def _give_missing_places(admission: GroupAdmission, places: Sequence[ImportedPlace]) -> None:
    known = set(
        admission.write.scalars(
            select(Application.child_id).where(
                Application.group_id == admission.group.id, Application.channel == IMPORT
            )
        )
    )
    today = admission.now.astimezone(PARIS).date()
    for place in places:
        if place["child_id"] in known or placing.place_of_child_in_group(
            admission.write, place["child_id"], admission.group.id, today
        ):
            continue
        if not room_of_group_on_day(
            admission.write, admission.group, max(place["valid_from"], today)
        ).has_places_left:
            raise BadRequest(errors={"places": [f"{place['group']}: full"]})
        _give_place(admission, place)


def _give_place(admission: GroupAdmission, place: ImportedPlace) -> None:
    guardian = _first_guardian(admission.write, place["child_id"])
    application = Application(
        id=new_id(),
        child_id=place["child_id"],
        group_id=admission.group.id,
        subject=guardian.subject,
        household_id=guardian.household_id,
        channel=IMPORT,
        link_version=0,
        weekdays=_weekdays_of_imported_place(admission.activity, admission.group, place),
        from_day=place["valid_from"],
        criteria=[],
        state=ACCEPTED,
        reason="",
        reason_detail={},
        submitted_at=admission.now,
        decided_at=admission.now,
    )
    admission.write.add(application)
    admission.write.flush()
    placing.give_place(admission.write, application, admission.now, place["valid_from"])
    admission.changed_children.add(place["child_id"])
    admission.room_moved = True


def _first_guardian(write: Write, child_id: str) -> ChildGuardian:
    query = select(ChildGuardian).where(ChildGuardian.child_id == child_id)
    guardian = write.scalar(query.order_by(ChildGuardian.household_id, ChildGuardian.subject))
    if guardian is None:
        raise BadRequest(errors={"places": ["a child without a guardian"]})
    return guardian


def _weekdays_of_imported_place(activity: Activity, group: Group, place: ImportedPlace) -> str:
    if activity.booking == "whole":
        return ""
    chosen = {str(day) for day in place["weekdays"]} or set(group.weekdays)
    return "".join(day for day in group.weekdays if day in chosen)
