"""A provider's offer on both databases: calendar, sessions, what is published, import, copy."""

import json
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from services.enrolment.models import Activity, Booking, Group, Place, Session
from services.enrolment.models.offer import CANCELLED, DRAFT, ENDED, OPEN, PLANNED
from services.enrolment.models.places import BY_PLACE
from services.enrolment.offer.commands import copying_last_year, sessions
from services.enrolment.offer.commands.calendar.days import (
    import_school_year,
    set_special_days,
    unset_special_days,
)
from services.enrolment.offer.commands.publishing import publish_activity
from services.enrolment.offer.queries.activities import activity_with_groups
from services.enrolment.offer.queries.calendar_days import current_calendar, special_days
from services.enrolment.offer.queries.copied_year_preview import preview_copies
from services.enrolment.offer.rules.availability import availability
from services.enrolment.store import store
from shared.contracts.enrolment.places import imports
from shared.contracts.errors import BadRequest
from shared.contracts.message import Caller
from shared.database.tables import french_order
from shared.database.tables.french_order import FRENCH, compare_in_french
from shared.dates.clock import now, today
from shared.register.calendar import BRIDGE, CLOSED
from shared.register.calendar import SCHOOL_HOLIDAY as HOLIDAY
from shared.runtime.ids import new_id
from shared.text import collation_key
from tests.factories import offer
from tests.factories.enrolment import Provider
from tests.factories.offer import imported_activity
from tests.factories.register import demo_rows
from tests.factories.travelling import answered

ALL_SAINTS = date(2026, 10, 20)
ARMISTICE = date(2026, 11, 11)


def asks(ens: Provider, **payload: Any) -> imports.ImportOfferAnswer:
    """Ask for an offer to be imported, as operations do."""
    return answered(ens.service, imports.import_offer, Caller("ops", None, new_id()), **payload)


# The calendar


def test_a_school_year_is_imported_with_the_holidays_of_zone_b(ens: Provider) -> None:
    with store.write() as write:
        imported = import_school_year(write, "2026-2027")

    with store.read() as read:
        calendar = current_calendar(read)
    assert imported.holidays_known
    assert ALL_SAINTS in calendar.school_holidays
    assert date(2027, 4, 17) in calendar.school_holidays
    assert ARMISTICE in calendar.public_holidays


def _in_town_with(ens: Provider, tmp_path: Path, **calendar: Any) -> None:
    """Let the town file have another calendar."""
    rows = demo_rows() | {"calendar": {"zone": "B", "bridges": "none", "days": []} | calendar}
    (tmp_path / "register.json").write_text(json.dumps(rows))
    ens.settings.register._file._looked_at = 0.0


def test_a_town_of_another_zone_has_its_own_holidays(ens: Provider, tmp_path: Path) -> None:
    _in_town_with(ens, tmp_path, zone="A")

    with store.write() as write:
        assert import_school_year(write, "2026-2027").holidays_known

    with store.read() as read:
        calendar = current_calendar(read)
    assert date(2027, 2, 15) in calendar.school_holidays  # a week before zone B
    assert date(2027, 3, 3) not in calendar.school_holidays


def test_where_no_library_knows_the_holidays_the_town_file_has_them_by_hand(
    ens: Provider, tmp_path: Path
) -> None:
    typed = {"kind": "school_holiday", "label": "Vacances de carnaval"}
    _in_town_with(ens, tmp_path, zone="guadeloupe")
    with store.write() as write:
        assert not import_school_year(write, "2026-2027").holidays_known

    days = [{**typed, "first": "2027-02-06", "last": "2027-02-20"}]
    _in_town_with(ens, tmp_path, zone="guadeloupe", days=days)
    with store.write() as write:
        assert import_school_year(write, "2026-2027").holidays_known

    with store.read() as read:
        calendar = current_calendar(read)
    assert date(2027, 2, 10) in calendar.school_holidays
    assert date(2027, 5, 27) in calendar.public_holidays  # the abolition of slavery


def test_a_bridge_on_which_the_town_closes_is_no_working_day(ens: Provider) -> None:
    bridge = date(2027, 5, 7)
    with store.write() as write:
        import_school_year(write, "2026-2027")
        calendar = current_calendar(write)
        assert not calendar.is_working(bridge)
        unset_special_days(write, bridge, bridge, BRIDGE)

        assert current_calendar(write).is_working(bridge)


def test_importing_again_keeps_what_the_administrator_entered_and_took_out(ens: Provider) -> None:
    bridge = date(2027, 5, 7)
    with store.write() as write:
        import_school_year(write, "2026-2027")
        set_special_days(write, bridge, bridge, HOLIDAY, "Pont, école ouverte le matin")
        set_special_days(write, date(2026, 12, 4), date(2026, 12, 4), CLOSED, "Formation")
        unset_special_days(write, ALL_SAINTS, ALL_SAINTS, HOLIDAY)

        again = import_school_year(write, "2026-2027")

    with store.read() as read:
        labels = {(each.day, each.kind): each.label for each in special_days(read, *YEAR)}
    assert again.days == 0
    assert (ALL_SAINTS, HOLIDAY) not in labels
    assert labels[bridge, HOLIDAY] == "Pont, école ouverte le matin"
    assert labels[date(2026, 12, 4), CLOSED] == "Formation"


YEAR = (date(2026, 9, 1), date(2027, 8, 31))


def test_a_day_taken_out_can_be_entered_again(ens: Provider) -> None:
    with store.write() as write:
        import_school_year(write, "2026-2027")
        unset_special_days(write, ARMISTICE, ARMISTICE, "public_holiday")
        set_special_days(write, ARMISTICE, ARMISTICE, "public_holiday", "Armistice")

        assert ARMISTICE in current_calendar(write).public_holidays


def test_a_year_whose_holidays_are_not_published_says_so(ens: Provider) -> None:
    with store.write() as write:
        imported = import_school_year(write, "2033-2034")

    assert not imported.holidays_known
    assert imported.days > 0


# Sessions


def test_a_session_keeps_the_instants_until_which_it_may_be_booked(ens: Provider) -> None:
    with store.write() as write:
        activity = offer.an_activity(write, book_before="0@09:00", cancel_before="0@09:00")
        group = offer.a_group(write, activity)

    with store.read() as read:
        session = offer.session_on(read, group, today() + timedelta(days=3))
    assert session.book_until == session.cancel_until
    assert session.book_until.tzinfo is not None
    assert timedelta(hours=2) < session.starts_at - session.book_until < timedelta(hours=3)


def test_what_is_past_and_what_is_unchanged_stays_when_the_timetable_is_renewed(
    ens: Provider,
) -> None:
    with store.write() as write:
        group = offer.a_group(write, offer.an_activity(write))
        before = {each.day: each.id for each in offer.sessions_of(write, group)}

        group.weekdays = "1"
        sessions.renew_sessions(write, [group.id], now())

        after = {each.day: each.id for each in offer.sessions_of(write, group)}
    past = {day for day in before if day < today()}
    assert past <= after.keys()
    assert {day.isoweekday() for day in after if day > today()} == {1}
    assert after.items() <= before.items()


def test_a_new_closed_day_deletes_what_nobody_booked_and_moves_the_deadline_before_it(
    ens: Provider,
) -> None:
    with store.write() as write:
        group = offer.a_group(write, offer.an_activity(write))
        monday = next_weekday(1)
        tuesday = monday + timedelta(days=1)
        friday_limit = offer.session_on(write, group, monday).book_until

        set_special_days(write, monday, monday, CLOSED, "Fermé")
        sessions.renew_all_sessions(write, now())

        days = {each.day: each for each in offer.sessions_of(write, group)}
        assert monday not in days
        assert days[tuesday].book_until == friday_limit


def test_a_booked_session_that_disappears_is_cancelled_and_comes_back_when_the_day_does(
    ens: Provider,
) -> None:
    child, household = new_id(), new_id()
    day = next_weekday(1)
    with store.write() as write:
        group = offer.a_group(write, offer.an_activity(write))
        session = offer.session_on(write, group, day)
        book(write, session, child, household)
    ens.clear_outbox()

    with store.write() as write:
        set_special_days(write, day, day, CLOSED, "Fermé")
        sessions.renew_all_sessions(write, now())
        sessions.renew_all_sessions(write, now())

    (notice,) = ens.published("notice")
    assert (notice["household_id"], notice["kind"]) == (household, "closure")
    assert notice["detail"]["days"] == [day.isoformat()]
    with store.write() as write:
        assert write.get_one(Session, session.id).state == CANCELLED
        assert write.get_one(Booking, (session.id, child)).state == "closed"
        unset_special_days(write, day, day, CLOSED)
        sessions.renew_all_sessions(write, now())
        assert write.get_one(Session, session.id, populate_existing=True).state == PLANNED


def test_a_deadline_that_runs_is_never_moved_into_the_past(ens: Provider) -> None:
    day = next_weekday(1)
    with store.write() as write:
        group = offer.a_group(write, offer.an_activity(write, cancel_before="1@18:00"))
        session = offer.session_on(write, group, day)
        shown = session.cancel_until
        write.get_one(Activity, group.activity_id).cancel_before = "30@18:00"

        sessions.renew_sessions(write, [group.id], now())

        kept = write.get_one(Session, session.id, populate_existing=True).cancel_until
        far = offer.sessions_of(write, group)[-1]
    assert kept == shown or shown <= now()
    assert far.cancel_until > now()


# What families read of it


def test_an_activity_is_told_when_it_changes_and_only_then(ens: Provider) -> None:
    with store.write() as write:
        activity = offer.an_activity(write)
        group = offer.a_group(write, activity, places=5)
        assert publish_activity(write, activity.id)
        assert not publish_activity(write, activity.id)

    with store.write() as write:
        give(write, group)
        assert not publish_activity(write, activity.id)
        give(write, group)
        assert publish_activity(write, activity.id)

    told = ens.published("activity_published")
    assert [each["version"] for each in told] == [1, 2]
    assert [each["content"]["groups"][0]["availability"] for each in told] == ["open", "few"]
    assert "taken" not in json.dumps(told)


def test_how_full_a_group_is_is_said_coarsely() -> None:
    said = [availability(10, taken) for taken in (0, 6, 7, 9, 10, 12)]

    assert said == ["open", "open", "few", "few", "full", "full"]
    assert availability(None, 400) == "open"


def test_a_draft_is_told_to_nobody_and_what_ended_is_taken_back(ens: Provider) -> None:
    with store.write() as write:
        activity = offer.an_activity(write, state=DRAFT)
        assert not publish_activity(write, activity.id)
        activity.state = OPEN
        publish_activity(write, activity.id)
        activity.state = ENDED
        publish_activity(write, activity.id)

    assert [event["content"] is None for event in ens.published("activity_published")] == [
        False,
        True,
    ]


# Import


def test_an_offer_is_imported_once_open_at_once_and_keeps_what_was_changed_since(
    ens: Provider,
) -> None:
    first = asks(ens, days_off=[], activities=[imported_activity()])
    with store.write() as write:
        activity = write.scalars(select(Activity)).one()
        activity.label = "Cantine"

    again = asks(ens, days_off=[], activities=[imported_activity(label="Autre")])

    with store.read() as read:
        activity = read.scalars(select(Activity)).one()
        group = read.scalars(select(Group)).one()
        sessions = offer.sessions_of(read, group)
    assert first.groups == again.groups == {"canteen-ferry": group.id}
    assert (activity.label, activity.state) == ("Cantine", OPEN)
    assert {session.day.isoweekday() for session in sessions} <= {1, 2, 4, 5}
    assert all(not date(2026, 12, 19) <= session.day <= date(2027, 1, 3) for session in sessions)


def test_an_offer_that_no_rule_can_read_is_refused_with_its_reference(ens: Provider) -> None:
    with pytest.raises(BadRequest) as refused:
        asks(ens, days_off=[], activities=[imported_activity(book_before="la veille")])

    assert refused.value.detail["errors"] == {"canteen": ["book_before"]}


# Last year again


def test_last_year_comes_back_as_a_draft_with_its_dates_moved_and_nothing_open(
    ens: Provider,
) -> None:
    with store.write() as write:
        import_school_year(write, "2026-2027")
        activity = offer.an_activity(write, school_year="2026-2027")
        year = {"first_day": date(2026, 9, 1), "last_day": date(2027, 7, 2), "runs_in": "term"}
        group = offer.a_group(write, activity, weekdays="1245", born_from=date(2016, 2, 29), **year)
        winter = {"first_day": date(2027, 2, 22), "last_day": date(2027, 2, 26)}
        offer.a_group(write, activity, label="Stage", runs_in="holidays", **winter)

    with store.read() as read:
        (shown,), known = preview_copies(read, "2026-2027")
        assert read.scalars(select(Activity)).all() == [read.get(Activity, activity.id)]
    with store.write() as write:
        (draft,) = copying_last_year.copy_activities(write, "2026-2027", [activity.id])
        assert copying_last_year.copy_activities(write, "2026-2027", [activity.id]) == []

    with store.read() as read:
        found = read.scalars(select(Group).filter_by(activity_id=draft.id).order_by(Group.label))
        copied, course = found.all()
        assert offer.sessions_of(read, copied) == []
    assert known
    assert (draft.state, draft.school_year, draft.copied_from) == (
        DRAFT,
        "2027-2028",
        activity.id,
    )
    assert (copied.first_day, copied.last_day) == (date(2027, 9, 1), date(2028, 7, 3))
    assert copied.born_from == date(2017, 2, 28)
    assert (course.first_day, course.last_day) == (date(2028, 2, 7), date(2028, 2, 11))
    counts = {each.before.label: (each.met, each.will_meet) for each in shown.groups}
    assert counts[group.label][0] != counts[group.label][1]
    assert counts["Stage"] == (5, 5)
    assert ens.published("activity_published") == []


def next_weekday(weekday: int) -> date:
    """Return the first such day that is more than ten days away."""
    day = today() + timedelta(days=11)
    return day + timedelta(days=(weekday - day.isoweekday()) % 7)


def book(write: Any, session: Session, child_id: str, household_id: str) -> None:
    """Let a child be expected at a session."""
    write.add(
        Booking(
            session_id=session.id,
            child_id=child_id,
            household_id=household_id,
            state="booked",
            changed_by=BY_PLACE,
            changed_at=now(),
        )
    )
    write.flush()


def give(write: Any, group: Group) -> None:
    """Give somebody a place in the group."""
    write.add(Place(id=new_id(), child_id=new_id(), group_id=group.id, valid_from=today()))
    write.flush()


@pytest.mark.both_databases
def test_groups_stand_in_the_order_of_a_french_dictionary_on_both_databases(ens: Provider) -> None:
    labels = ["Zone d’éveil", "Étude", "École du Parc", "Ecole Zola", "accueil", "Œuvres"]
    with store.write() as write:
        activity = offer.an_activity(write)
        for label in labels:
            offer.a_group(write, activity, label=label)

    with store.read() as read:
        _, groups = activity_with_groups(read, activity.id)

    assert [group.label for group in groups] == sorted(labels, key=collation_key)
    assert [group.label for group in groups][-2:] == ["Œuvres", "Zone d’éveil"]


def test_a_word_is_folded_once_however_often_a_sort_compares_it() -> None:
    words = [f"Accueil périscolaire {number:03}" for number in range(200)]
    folded_before = french_order.cached_collation_key.cache_info().misses

    with closing(sqlite3.connect(":memory:")) as database:
        database.create_collation(FRENCH, compare_in_french)
        database.execute("CREATE TABLE label (word TEXT)")
        database.executemany("INSERT INTO label VALUES (?)", [(each,) for each in reversed(words)])
        found = database.execute(f'SELECT word FROM label ORDER BY word COLLATE "{FRENCH}"')

        assert [word for (word,) in found] == words
    assert french_order.cached_collation_key.cache_info().misses - folded_before == len(words)
