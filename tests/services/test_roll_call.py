"""The roll call on both databases: marks, closing a group, what leaves, monthly counts."""

from datetime import timedelta
from typing import Any

import pytest

from services.enrolment.attendance.marks.queries.attendance_states import (
    name_of_unknown_child,
    resolved_outcomes,
    resolved_states,
)
from services.enrolment.attendance.roll_call.commands import closing as roll_call
from services.enrolment.attendance.roll_call.commands.marks import (
    NewUnknown,
    record_unknown_children,
)
from services.enrolment.models import Mark, RollCall, Session, UnknownChild
from services.enrolment.offer.commands.session_cancelling import cancel_sessions
from services.enrolment.store import store, vault
from shared.contracts.errors import NotFound
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories.attendance import a_mark, a_session, arrive, at_home, booked
from tests.factories.enrolment import Child, Provider, at_once

LEAD = new_id()


def a_group_of(ens: Provider, count: int, **booking: Any) -> tuple[Session, list[str]]:
    """Book so many children of whom the dossier has told into today's session."""
    children = [Child("Manon", f"Lefèvre {number}") for number in range(count)]
    for child in children:
        ens.receives_child(child)
    with store.write() as write:
        session = a_session(write)
        for child in children:
            booked(write, session, child.id, **booking)
    return session, [child.id for child in children]


def close(session: Session, **decisions: str) -> None:
    with store.write() as write:
        roll_call.close_roll_call(write, session.id, LEAD, decisions, now())


def outcomes(told: dict[str, Any]) -> dict[str, tuple[str, int]]:
    return {line["child_id"]: (line["outcome"], line["quantity"]) for line in told["lines"]}


def test_a_group_is_closed_only_when_every_booked_child_is_decided(ens: Provider) -> None:
    session, (household, other) = a_group_of(ens, 2)
    arrive([a_mark(session, household)])

    with pytest.raises(roll_call.Undecided) as waiting:
        close(session)
    assert waiting.value.child_ids == [other]
    assert ens.published("attendance_recorded") == []

    close(session, **{other: "absent"})

    (told,) = ens.published("attendance_recorded")
    assert (told["version"], told["late"], told["activity"]) == (1, False, "canteen")
    assert outcomes(told) == {household: ("present", 1), other: ("absent", 1)}


def test_closing_twice_tells_once(ens: Provider) -> None:
    session, (household,) = a_group_of(ens, 1)
    arrive([a_mark(session, household)])

    close(session)
    close(session)

    assert len(ens.published("attendance_recorded")) == 1


def test_each_line_says_what_happened_and_whose_day_it_was(ens: Provider) -> None:
    session, (came, cancelled) = a_group_of(ens, 2)
    late, excused, in_time, guest = Child("Léa"), Child("Lou"), Child("Tom"), Child("Zoé")
    home = new_id()
    for child in (late, excused, in_time, guest):
        ens.receives_child(child)
    with store.write() as write:
        booked(write, session, late.id, state="late", household_id=home)
        booked(write, session, excused.id, state="excused")
        booked(write, session, in_time.id, state="cancelled")
        at_home(write, guest.id, home)

    arrive([a_mark(session, came), a_mark(session, cancelled, "absent"), a_mark(session, guest.id)])
    close(session)

    (told,) = ens.published("attendance_recorded")
    assert outcomes(told) == {
        came: ("present", 1),
        cancelled: ("absent", 1),
        late.id: ("cancelled_late", 1),
        excused.id: ("excused", 0),
        guest.id: ("unexpected", 1),
    }
    homes = {line["child_id"]: line["household_id"] for line in told["lines"]}
    assert homes[guest.id] == homes[late.id] == home


def test_marks_of_a_contradiction_must_be_decided_before_closing(ens: Provider) -> None:
    session, (household,) = a_group_of(ens, 1)
    arrive([a_mark(session, household, "present")])
    arrive([a_mark(session, household, "absent")])

    with pytest.raises(roll_call.Undecided):
        close(session)
    close(session, **{household: "present"})

    assert outcomes(ens.published("attendance_recorded")[0]) == {household: ("present", 1)}


def test_the_lead_reopens_and_the_next_closing_is_a_later_version(ens: Provider) -> None:
    session, (household,) = a_group_of(ens, 1)
    arrive([first := a_mark(session, household)])
    close(session)

    with store.write() as write:
        assert roll_call.reopen_roll_call(write, session.id, new_id(), now())
        assert not roll_call.reopen_roll_call(write, session.id, new_id(), now())
    arrive([a_mark(session, household, "absent", after=(first.id,))])
    assert len(ens.published("attendance_recorded")) == 1
    close(session)

    told = ens.published("attendance_recorded")
    assert [(each["version"], each["late"]) for each in told] == [(1, False), (2, True)]
    assert outcomes(told[1]) == {household: ("absent", 1)}


def test_a_cancelled_session_has_no_roll_call_and_tells_nothing(ens: Provider) -> None:
    session, (household,) = a_group_of(ens, 1)
    arrive([a_mark(session, household)])
    with store.write() as write:
        cancel_sessions(write, [session.id], "strike", now())

    with pytest.raises(roll_call.Cancelled):
        close(session)
    arrive([a_mark(session, household, "absent")])

    assert ens.published("attendance_recorded") == ens.published("activity_counted") == []


def test_counts_of_the_month_are_told_only_when_they_change(ens: Provider) -> None:
    session, (household, other) = a_group_of(ens, 2)
    arrive([mark := a_mark(session, household), a_mark(session, other, "absent")])
    close(session)
    close(session)

    (told,) = ens.published("activity_counted")
    assert (told["child_id"], told["times"], told["version"]) == (household, 1, 1)
    assert told["month"] == today().strftime("%Y-%m") and "day" not in told

    arrive([a_mark(session, household, "absent", after=(mark.id,))])
    assert [event["times"] for event in ens.published("activity_counted")] == [1, 0]


def test_a_mark_that_comes_twice_is_kept_once(ens: Provider) -> None:
    session, (household,) = a_group_of(ens, 1)
    mark = a_mark(session, household)

    again = [arrive([mark]), arrive([mark, mark])]

    assert [each.taken for each in again] == [[mark.id], [mark.id, mark.id]]
    with store.read() as read:
        assert read.query(Mark).count() == 1
        kind, made_at = resolved_outcomes(read, [session.id])[session.id, household]
    assert (kind, made_at) == ("present", mark.made_at)


def test_marks_of_an_unknown_session_or_child_are_refused_one_by_one(ens: Provider) -> None:
    session, (household,) = a_group_of(ens, 1)
    stray = a_mark(session, new_id())
    lost = a_mark(session, household)
    lost = a_mark(Session(id=new_id()), household)

    taken = arrive([good := a_mark(session, household), stray, lost])

    assert taken.taken == [good.id]
    assert taken.refused == {stray.id: "no_child", lost.id: "no_session"}


def test_a_child_nobody_knew_is_told_apart_later_and_counts_from_when_it_came(
    ens: Provider,
) -> None:
    session, (household,) = a_group_of(ens, 1)
    guest = Child("Zoé", "Tessier")
    ens.receives_child(guest)
    came_at = now() - timedelta(minutes=20)
    new = NewUnknown(new_id(), session.id, "Zoé T.", came_at, LEAD)
    vault.prepare_keys([new.id])
    for _ in range(2):
        with store.write() as write:
            record_unknown_children(write, vault, [new])
    arrive([a_mark(session, household)])
    close(session)
    with store.read() as read:
        row = read.query(UnknownChild).one()
        assert b"Zo" not in row.name and name_of_unknown_child(vault, row) == "Zoé T."

    with store.write() as write:
        at_home(write, guest.id, new_id())
        roll_call.assign_unknown_child(write, vault, new.id, guest.id, new_id(), now())

    told = ens.published("attendance_recorded")
    assert [each["late"] for each in told] == [False, True]
    assert outcomes(told[1])[guest.id] == ("unexpected", 1)
    with store.read() as read:
        assert resolved_states(read, [session.id])[session.id, guest.id].made_at == came_at
        assert read.query(UnknownChild).one().name is None
    with pytest.raises(NotFound), store.write() as write:
        roll_call.assign_unknown_child(write, vault, new.id, None, new_id(), now())


@pytest.mark.both_databases
def test_ten_devices_that_send_while_the_group_is_closed_lose_no_mark(ens: Provider) -> None:
    session, children = a_group_of(ens, 6)
    arrive([a_mark(session, child, "absent") for child in children])
    with store.read() as read:
        heads = {c: s.heads for (_, c), s in resolved_states(read, [session.id]).items()}
    corrections = [a_mark(session, child, after=heads[child]) for child in children]

    failures = at_once(
        [lambda mark=mark: arrive([mark]) for mark in corrections] + [lambda: close(session)]
    )

    assert [failure for failure in failures if not isinstance(failure, roll_call.Undecided)] == []
    last = ens.published("attendance_recorded")[-1]
    assert {outcome for outcome, _ in outcomes(last).values()} == {"present"}
    counts = {event["child_id"]: event["times"] for event in ens.published("activity_counted")}
    assert counts == dict.fromkeys(children, 1)
    with store.read() as read:
        assert read.get(RollCall, session.id).version == len(ens.published("attendance_recorded"))
