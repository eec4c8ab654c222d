"""What children did at a provider is kept for some school years, then erased; sums of it stay."""

import random
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from services.enrolment.attendance.quantities.commands import attendance_sheets, importing
from services.enrolment.attendance.roll_call.commands import closing
from services.enrolment.attendance.roll_call.commands.marks import (
    NO_SESSION,
    NewUnknown,
    record_unknown_children,
)
from services.enrolment.handlers.comparison.published_quantities import PUBLISHED
from services.enrolment.models import (
    AgentAct,
    Application,
    Booking,
    CountVersion,
    Group,
    ImportedSheet,
    Mark,
    Place,
    PlaceVersion,
    Session,
    UnknownChild,
)
from services.enrolment.models.days.tallies import SessionTally
from services.enrolment.places.placing.commands import billing_events
from services.enrolment.store import store, vault
from shared.contracts.errors import NotFound
from shared.database.comparison.compared_states import Route
from shared.dates.clock import midnight, now
from shared.runtime.ids import new_id
from tests.factories import figures, offer
from tests.factories.attendance import a_mark, arrive
from tests.factories.enrolment import Provider
from tests.factories.places import a_group, application_of, arrived, asks, places_in

pytestmark = pytest.mark.both_databases

LONG_AGO = {"first_day": date(2019, 9, 2), "last_day": date(2019, 12, 19)}
NOTED = (Mark, Booking, AgentAct, UnknownChild)
"""What is noted of a child in a session."""


def an_old_and_a_recent_autumn(ens: Provider) -> tuple[list[str], list[str]]:
    """Hold and close sessions of 2019 and of 2025, with every kind of row that names a child."""
    children = figures.children_of(ens, 6)
    autumns = [
        figures.an_autumn(children, random.Random(7), days=4, code=code, **days)
        for code, days in (("canteen", LONG_AGO), ("evening_care", {}))
    ]
    for session_ids in autumns:
        with store.write() as write:
            closing.reopen_roll_call(write, session_ids[0], new_id(), now())
            closing.close_roll_call(write, session_ids[0], new_id(), {}, now())
            stranger = NewUnknown(new_id(), session_ids[0], "Zoé", now(), new_id())
            record_unknown_children(write, vault, [stranger])
    ens.clear_outbox()
    return autumns[0], autumns[1]


def noted_in(session_ids: list[str]) -> list[int]:
    with store.read() as read:
        return [
            read.scalar(select(func.count()).where(table.session_id.in_(session_ids))) or 0
            for table in NOTED
        ]


def rows_of(table: Any) -> list[tuple[Any, ...]]:
    with store.read() as read:
        return sorted(tuple(row) for row in read.execute(select(*table.__table__.columns)))


def compared(number: int) -> dict[str, tuple[int, bool]]:
    """Return what billing or the dossier compares by key: the version, and whether the content."""
    with store.read() as read:
        route = Route("enrolment_ens", "billing")
        states, _next = PUBLISHED[number].states(read, route, "")
        return {each["key"]: (each["version"], bool(each["digest"])) for each in states}


def test_days_of_a_school_year_kept_no_longer_are_erased_and_all_sums_of_them_stay(
    ens: Provider,
) -> None:
    old, recent = an_old_and_a_recent_autumn(ens)
    sums, counts, versions = rows_of(SessionTally), rows_of(CountVersion), compared(0)
    assert all(noted_in(old)) and all(noted_in(recent))
    kept = noted_in(recent)

    for _ in range(2):
        ens.service.erase_past_activities()

    assert noted_in(old) == [0] * len(NOTED) and noted_in(recent) == kept
    assert (rows_of(SessionTally), rows_of(CountVersion)) == (sums, counts)
    assert ens.published("attendance_recorded") == ens.published("activity_counted") == []
    now_compared = compared(0)
    assert {key: version for key, (version, _content) in now_compared.items()} == {
        key: version for key, (version, _content) in versions.items()
    }
    assert not any(now_compared[each][1] for each in old)
    assert all(now_compared[each][1] for each in recent)


def test_nothing_is_noted_any_more_on_a_day_that_was_erased_and_billing_is_told_nothing(
    ens: Provider,
) -> None:
    old, _recent = an_old_and_a_recent_autumn(ens)
    ens.service.erase_past_activities()
    with store.read() as read:
        session = read.get_one(Session, old[0])
    mark, versions = a_mark(session, new_id()), compared(0)

    assert arrive([mark]).refused == {mark.id: NO_SESSION}
    with pytest.raises(NotFound), store.write() as write:
        closing.reopen_roll_call(write, session.id, new_id(), now())
    with store.write() as write:
        attendance_sheets.publish_again(write, session.id, above=9)
        assert attendance_sheets.publish_attendance(write, session.id) is False
    assert compared(0) == versions
    assert ens.published("attendance_recorded") == []
    assert noted_in(old) == [0] * len(NOTED)


def test_an_imported_day_is_erased_and_the_same_import_does_not_bring_it_back(
    ens: Provider,
) -> None:
    (child,) = figures.children_of(ens, 1)
    with store.write() as write:
        group = offer.a_group(write, offer.an_activity(write), reference="CM1")
    line = {"child_id": child, "outcome": "present", "quantity": 1}
    sheet: Any = {"group": "CM1", "day": date(2019, 10, 1), "lines": [line]}
    with store.write() as write:
        importing.import_attendance(write, [sheet], now())
    ens.clear_outbox()

    ens.service.erase_past_activities()
    with store.write() as write:
        importing.import_attendance(write, [sheet], now())
        session_id = write.scalars(select(ImportedSheet.session_id)).one()
        assert importing.publish_again(write, session_id, above=5) is True

    with store.read() as read:
        row = read.scalars(select(ImportedSheet)).one()
        assert (row.lines, row.version, row.group_id) == ([], 1, group.id)
    assert ens.published("attendance_recorded") == []


def test_a_place_that_ended_goes_with_its_application_and_one_that_runs_stays_whole(
    ens: Provider,
) -> None:
    group_id = a_group(places=None)
    ended, running = arrived(ens, 2)
    for family in (ended, running):
        asks(family, group_id, weekdays=[1, 2])
    with store.write() as write:
        for place in write.scalars(select(Place)):
            place.valid_from = date(2019, 9, 2)
            if place.child_id == ended.child.id:
                place.valid_to = date(2020, 7, 3)
        for application in write.scalars(select(Application)):
            application.submitted_at = midnight(date(2019, 6, 3))
    (old,) = [each for each in places_in(group_id) if each.child_id == ended.child.id]
    ens.clear_outbox()

    ens.service.erase_past_activities()
    with store.write() as write:
        billing_events.publish_again(write, old.id, above=9)

    assert [each.child_id for each in places_in(group_id)] == [running.child.id]
    assert application_of(group_id, running)
    with store.read() as read:
        applied = read.scalars(select(Application.child_id)).all()
        told = read.get_one(PlaceVersion, old.id)
        assert read.get_one(Group, group_id)
    assert applied == [running.child.id]
    assert (told.version, told.content, bool(told.activity)) == (1, {}, True)
    assert ens.published("place_recorded") == []
    assert compared(1)[old.id] == (1, False)
