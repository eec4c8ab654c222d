"""Children who already had a place in another software: their places, given once."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from services.enrolment.models import Activity, Application, ChildGuardian, Group
from services.enrolment.models.places import IMPORT
from services.enrolment.offer.queries.room import room_on
from services.enrolment.places.admission.queries.child_file import whose_file_is_here
from services.enrolment.places.giving.commands.giving import Giving, giving_in
from services.enrolment.places.placing.commands import placing
from shared.contracts.enrolment.places import ACCEPTED, ImportedPlace, ImportPlacesAnswer
from shared.contracts.errors import BadRequest
from shared.database import Write
from shared.dates.clock import PARIS
from shared.runtime.ids import new_id


def import_places(
    write: Write, places: Sequence[ImportedPlace], now: datetime
) -> ImportPlacesAnswer:
    """
    Give these places, each once: one that has been given up since stays so.

    Returns how many have been given, and the children whose file has not come. Raises BadRequest
    for a group that is not known, and where there would be more children than places.
    """
    here = whose_file_is_here(write, {place["child_id"] for place in places})
    by_group: dict[str, list[ImportedPlace]] = {}
    for place in places:
        by_group.setdefault(place["group"], []).append(place)
    groups = _groups(write, list(by_group))
    with giving_in(write, groups, now) as hands:
        for group_id, hand in hands.items():
            places_there = by_group[groups[group_id]]
            _give(hand, [place for place in places_there if place["child_id"] in here])
    waiting = [place["child_id"] for place in places if place["child_id"] not in here]
    return ImportPlacesAnswer(given=len(places) - len(waiting), waiting=sorted(set(waiting)))


def _groups(write: Write, references: Sequence[str]) -> dict[str, str]:
    """Return references by group id."""
    rows = write.execute(select(Group.id, Group.reference).where(Group.reference.in_(references)))
    found = {row.id: row.reference for row in rows}
    unknown = set(references) - set(found.values())
    if unknown:
        raise BadRequest(errors={"group": sorted(unknown)})
    return found


def _give(hand: Giving, places: Sequence[ImportedPlace]) -> None:
    known = set(
        hand.write.scalars(
            select(Application.child_id).where(
                Application.group_id == hand.group.id, Application.channel == IMPORT
            )
        )
    )
    today = hand.now.astimezone(PARIS).date()
    for place in places:
        if place["child_id"] in known or placing.place_in(
            hand.write, place["child_id"], hand.group.id, today
        ):
            continue
        if not room_on(hand.write, hand.group, max(place["valid_from"], today)).left:
            raise BadRequest(errors={"places": [f"{place['group']}: full"]})
        _give_one(hand, place)


def _give_one(hand: Giving, place: ImportedPlace) -> None:
    guardian = _first_guardian(hand.write, place["child_id"])
    application = Application(
        id=new_id(),
        child_id=place["child_id"],
        group_id=hand.group.id,
        subject=guardian.subject,
        household_id=guardian.household_id,
        channel=IMPORT,
        link_version=0,
        weekdays=_weekdays(hand.activity, hand.group, place),
        from_day=place["valid_from"],
        criteria=[],
        state=ACCEPTED,
        reason="",
        reason_detail={},
        submitted_at=hand.now,
        decided_at=hand.now,
    )
    hand.write.add(application)
    hand.write.flush()
    placing.give_place(hand.write, application, hand.now, place["valid_from"])
    hand.touched.add(place["child_id"])
    hand.room_moved = True


def _first_guardian(write: Write, child_id: str) -> ChildGuardian:
    wanted = select(ChildGuardian).where(ChildGuardian.child_id == child_id)
    guardian = write.scalar(wanted.order_by(ChildGuardian.household_id, ChildGuardian.subject))
    if guardian is None:
        raise BadRequest(errors={"places": ["a child without a guardian"]})
    return guardian


def _weekdays(activity: Activity, group: Group, place: ImportedPlace) -> str:
    if activity.booking == "whole":
        return ""
    wanted = {str(day) for day in place["weekdays"]} or set(group.weekdays)
    return "".join(day for day in group.weekdays if day in wanted)
