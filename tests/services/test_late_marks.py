"""Rules, test 2 (attendance part): a tablet that comes back a week later."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.enrolment.attendance.roll_call.commands import closing as roll_call
from services.enrolment.attendance.roll_call.queries.undecided_children import undecided_children
from services.enrolment.models import Mark
from services.enrolment.store import store
from shared.runtime.ids import new_id
from tests.factories import offer
from tests.factories.attendance import a_mark, arrive, at_home, booked
from tests.factories.enrolment import Child, Provider

pytestmark = pytest.mark.both_databases

THE_27TH, THE_4TH = date(2026, 11, 27), datetime(2026, 12, 4, 8, 0, tzinfo=UTC)
NOON = datetime(2026, 11, 27, 11, 0, tzinfo=UTC)


def test_a_tablet_that_comes_back_on_4_december_with_marks_of_27_november_leaves_issued_bills_unchanged_and_loses_nothing(  # noqa: E501
    ens: Provider,
) -> None:
    # Given a group of 27 November: one child marked at the desk, one decided absent, and closed.
    seen, missed, guest = Child("Manon"), Child("Amine"), Child("Zoé")
    for child in (seen, missed, guest):
        ens.receives_child(child)
    with store.write() as write:
        group = offer.a_group(
            write,
            offer.an_activity(write),
            first_day=THE_27TH,
            last_day=THE_27TH + timedelta(days=20),
        )
        session = offer.session_on(write, group, THE_27TH)
        booked(write, session, seen.id)
        booked(write, session, missed.id)
        at_home(write, guest.id, new_id())
    arrive([a_mark(session, seen.id, made_at=NOON)], NOON)
    with store.write() as write:
        roll_call.close_roll_call(
            write, session.id, new_id(), {missed.id: "absent"}, NOON.replace(hour=13)
        )
    (issued,) = ens.published("attendance_recorded")

    # When the tablet that had no network sends its marks a week later, several times over.
    tablet = new_id()
    late = [
        a_mark(session, child.id, made_at=NOON + timedelta(minutes=3)) for child in (missed, guest)
    ]
    for batch in (late[:1], late, late[1:], late):
        arrive(batch, THE_4TH, tablet)

    # Then version 1 stays as it was told, later ones say that they are late, and nothing is lost.
    told = ens.published("attendance_recorded")
    assert told[0] == issued and issued["version"] == 1 and not issued["late"]
    assert [event["version"] for event in told] == list(range(1, len(told) + 1))
    assert all(event["late"] for event in told[1:]) and len(told) > 1
    assert {(line["child_id"], line["outcome"]) for line in told[-1]["lines"]} == {
        (seen.id, "present"),
        (missed.id, "absent"),  # decided later than the tablet's mark, which asks to be checked
        (guest.id, "unexpected"),
    }
    with store.read() as read:
        kept = [row.id for row in read.query(Mark).filter_by(device_id=tablet)]
        assert sorted(kept) == sorted(mark.id for mark in late)
        assert undecided_children(read, session.id) == [missed.id]

    # And once somebody decides, the family's count is right, told once more and no further.
    with store.write() as write:
        roll_call.close_roll_call(write, session.id, new_id(), {missed.id: "present"}, THE_4TH)
    counted = {event["child_id"]: event["times"] for event in ens.published("activity_counted")}
    assert counted == {seen.id: 1, missed.id: 1, guest.id: 1}
    lines = {line["child_id"]: line for line in ens.published("attendance_recorded")[-1]["lines"]}
    assert (lines[missed.id]["outcome"], lines[missed.id]["quantity"]) == ("present", 1)
