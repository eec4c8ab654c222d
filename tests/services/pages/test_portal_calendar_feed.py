"""The days of a guardian's children in its calendar, by a secret address that can be withdrawn."""

import hashlib
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest
import vobject
from flask.testing import FlaskClient
from sqlalchemy import select

from services.portal_gateway.calendar_feed.commands import withdraw_feeds_of_former_guardians
from services.portal_gateway.calendar_feed.rules import FeedDay, Words, write_feed
from services.portal_gateway.models import CalendarFeed
from services.portal_gateway.schedule.rules.family_days import Day
from services.portal_gateway.store import store
from shared.contracts.enrolment.places import states
from shared.contracts.identity import accounts
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories.portal import CLAIRE, ENS, Portal

HOME, OTHER_HOME = new_id(), new_id()
PAGE = "/compte/agenda"


@pytest.fixture
def manon() -> make.Child:
    return make.Child()


@pytest.fixture
def portal(database: Database, tmp_path: Path, manon: make.Child) -> Iterator[Portal]:
    """Give the portal, with Claire's home and its child."""
    with make.portal_on(database, tmp_path) as portal:
        portal.receives_guardian_card(CLAIRE, [HOME], manon)
        yield portal


def shows(portal: Portal, child: make.Child, *days: dict[str, Any], version: int = 1) -> None:
    """Let the school service's card of Claire's home have these days."""
    portal.receives_family_card(ENS, HOME, make.part(child, days=list(days)), version=version)


def makes_address(browser: FlaskClient) -> str:
    """Let Claire make an address, and return its path."""
    page = make.posts(browser, PAGE)
    assert page.status_code == 200
    found = re.search(r'value="http://localhost(/agenda/[^"]+\.ics)"', page.text)
    assert found
    return found[1]


def events(portal: Portal, address: str) -> list[icalendar.Event]:
    """Return the events that a calendar without a session reads at an address."""
    answer = portal.site.test_client().get(address)
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    return list(icalendar.Calendar.from_ical(answer.data).walk("VEVENT"))


def test_a_calendar_that_signs_in_nowhere_reads_first_name_activity_and_hours_alone(
    portal: Portal, browser: FlaskClient, manon: make.Child
) -> None:
    tomorrow = today() + timedelta(days=1)
    shows(portal, manon, make.day(on=tomorrow))

    [lunch] = events(portal, makes_address(browser))

    assert lunch["summary"] == "Manon · Restauration scolaire"
    assert lunch["status"] == "CONFIRMED"
    assert lunch["dtstart"].dt == make.at(tomorrow, "11:30")
    assert lunch["dtend"].dt == make.at(tomorrow, "13:20")
    assert set(lunch) == {
        *("UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "STATUS", "CLASS", "TRANSP")
    }


def test_an_event_stays_the_same_while_its_day_changes(
    portal: Portal, browser: FlaskClient, manon: make.Child
) -> None:
    address, lunch = makes_address(browser), make.day()
    shows(portal, manon, lunch)
    [booked] = events(portal, address)

    shows(portal, manon, {**lunch, "state": states.CANCELLED}, version=2)
    [cancelled] = events(portal, address)
    shows(portal, manon, {**lunch, "state": states.BOOKED}, version=3)
    [again] = events(portal, address)
    shows(portal, manon, version=4)

    assert booked["uid"] == cancelled["uid"] == again["uid"]
    assert cancelled["status"] == "CANCELLED"
    assert cancelled["summary"] == "Manon · Restauration scolaire (annulé)"
    assert again["status"] == "CONFIRMED"
    assert events(portal, address) == []


@pytest.mark.parametrize(
    ("state", "status"),
    [(states.CLOSED, "CANCELLED"), (states.EXCUSED, "CANCELLED"), (states.PRESENT, "CONFIRMED")],
)
def test_a_closure_or_an_absence_takes_the_event_back(
    portal: Portal, browser: FlaskClient, manon: make.Child, state: str, status: str
) -> None:
    shows(portal, manon, make.day(state))

    [event] = events(portal, makes_address(browser))

    assert event["status"] == status


@pytest.mark.parametrize("state", [states.FREE, states.FULL, states.OTHER])
def test_a_free_day_and_the_other_home_s_day_are_no_event(
    portal: Portal, browser: FlaskClient, manon: make.Child, state: str
) -> None:
    shows(portal, manon, make.day(state))

    assert events(portal, makes_address(browser)) == []


def test_another_home_s_card_and_a_child_of_a_granted_access_stand_in_no_feed(
    portal: Portal, browser: FlaskClient, manon: make.Child
) -> None:
    portal.receives_family_card(ENS, OTHER_HOME, make.part(manon, days=[make.day()]))
    lent = make.Child("Louise")
    row = {**lent.row, "carer": True, "carer_in": OTHER_HOME}
    event = {"subject": CLAIRE, "version": 2, "at": now(), "households": [HOME]}
    portal.receives(make.guardians.guardian_card, "dossier", children=[manon.row, row], **event)
    portal.receives_family_card(ENS, OTHER_HOME, make.part(lent, days=[make.day()]), version=2)

    assert events(portal, makes_address(browser)) == []


def test_a_withdrawn_address_a_former_one_and_a_guess_lead_nowhere(
    portal: Portal, browser: FlaskClient
) -> None:
    calendar = portal.site.test_client()
    former = makes_address(browser)
    address = makes_address(browser)
    assert calendar.get(former).status_code == 404
    assert calendar.get(address).status_code == 200

    make.posts(browser, f"{PAGE}/retirer")

    assert calendar.get(address).status_code == 404
    assert calendar.get("/agenda/guessed.ics").status_code == 404


def test_the_feed_of_a_former_guardian_and_of_a_closed_account_leads_nowhere(
    portal: Portal, browser: FlaskClient, manon: make.Child
) -> None:
    address, calendar = makes_address(browser), portal.site.test_client()

    portal.receives_guardian_card(CLAIRE, [], version=2)
    assert calendar.get(address).status_code == 404
    portal.receives_guardian_card(CLAIRE, [HOME], manon, version=3)
    assert calendar.get(address).status_code == 200
    portal.receives(
        accounts.subject_changed,
        "identity",
        **{"subject": CLAIRE, "kind": "family", "name": "Claire Lefèvre", "version": 2},
        **{"not_before": now(), "active": False, "rights": []},
    )

    assert calendar.get(address).status_code == 404


def test_who_begins_anew_leaves_no_address_of_before_and_who_just_signs_out_keeps_it(
    portal: Portal, browser: FlaskClient
) -> None:
    calendar, address = portal.site.test_client(), makes_address(browser)
    state = {"subject": CLAIRE, "kind": "family", "name": "Claire Lefèvre", "active": True}
    signed_out = {**state, "version": 2, "not_before": now(), "rights": []}
    portal.receives(accounts.subject_changed, "identity", **signed_out)
    assert calendar.get(address).status_code == 200

    anew = {**signed_out, "version": 3, "not_before": now(), "anew_from": now()}
    portal.receives(accounts.subject_changed, "identity", **anew)

    assert calendar.get(address).status_code == 404
    make.sign_in(browser, CLAIRE)
    later = makes_address(browser)
    portal.receives(accounts.subject_changed, "identity", **{**anew, "version": 4})
    assert calendar.get(later).status_code == 200, "one made since stays"


def test_the_address_of_a_former_guardian_is_forgotten(
    portal: Portal, browser: FlaskClient, manon: make.Child
) -> None:
    address = makes_address(browser)
    portal.receives_guardian_card(CLAIRE, [], version=2)
    with store.write() as write:
        withdraw_feeds_of_former_guardians(write)
    portal.receives_guardian_card(CLAIRE, [HOME], manon, version=3)

    assert portal.site.test_client().get(address).status_code == 404


def test_the_secret_is_kept_nowhere_and_shown_once(portal: Portal, browser: FlaskClient) -> None:
    secret = makes_address(browser).removeprefix("/agenda/").removesuffix(".ics")

    with store.read() as read:
        [row] = read.scalars(select(CalendarFeed))
    assert secret not in repr((row.digest, row.subject))
    assert row.digest == hashlib.sha256(b"calendar feed|" + secret.encode()).hexdigest()
    assert secret not in browser.get(PAGE).text


def test_a_program_is_told_by_its_mark_that_nothing_changed(
    portal: Portal, browser: FlaskClient, manon: make.Child
) -> None:
    shows(portal, manon, make.day())
    address, calendar = makes_address(browser), portal.site.test_client()
    first = calendar.get(address)

    again = calendar.get(address, headers={"If-None-Match": first.headers["ETag"]})
    shows(portal, manon, version=2)
    changed = calendar.get(address, headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Cache-Control"] == "private, no-cache"
    assert (again.status_code, again.data) == (304, b"")
    assert changed.status_code == 200
    assert "pas encore" not in browser.get(PAGE).text, "she sees that it was read"


def test_a_program_that_asks_without_end_is_slowed_down(
    portal: Portal, browser: FlaskClient
) -> None:
    address, calendar = makes_address(browser), portal.site.test_client()

    answers = [calendar.get(address).status_code for _ in range(13)]

    assert answers == [*[200] * 12, 429]
    assert calendar.head(address).status_code == 429, "nor is the head alone for nothing"


def test_at_an_open_page_the_person_proves_herself_before_an_address_is_made(
    portal: Portal, browser: FlaskClient
) -> None:
    make.last_proof_is_old()

    asked = make.posts(browser, PAGE)

    assert asked.status_code == 303 and asked.location.startswith("/compte/confirmer")
    with store.read() as read:
        assert read.scalar(select(CalendarFeed)) is None


def feed_day(child_id: str, on: date, hours: tuple[str, str]) -> FeedDay:
    row = make.day(on=on, hours=hours)
    return FeedDay(Day.from_card_row("ens", child_id, row), make.at(on, "07:00"))


def test_hours_are_those_of_paris_on_both_sides_of_the_clock_change_for_two_readers() -> None:
    summer, winter = date(2027, 3, 29), date(2027, 3, 26)  # the clock changes on the 28th
    child = new_id()
    days = [
        feed_day(child, winter, ("08:00", "09:00")),
        feed_day(child, summer, ("08:00", "09:00")),
    ]

    feed = write_feed(CLAIRE, days, {child: "Manon"}, Words("Aubeval", "annulé"))

    first = icalendar.Calendar.from_ical(feed)
    second = vobject.readOne(feed.decode())
    read = [event["dtstart"].dt for event in first.walk("VEVENT")]
    read_too = [event.dtstart.value for event in second.vevent_list]
    for starts in (read, read_too):
        assert [f"{each:%H:%M}" for each in starts] == ["08:00", "08:00"]
        offsets = [each.utcoffset() for each in starts]
        assert offsets == [timedelta(hours=1), timedelta(hours=2)]
    assert [event.uid.value for event in second.vevent_list] == [
        str(event["uid"]) for event in first.walk("VEVENT")
    ]
    assert second.vtimezone.tzid.value == "Europe/Paris"


def test_two_guardians_feeds_share_no_id() -> None:
    child = new_id()
    day = feed_day(child, date(2027, 3, 29), ("08:00", "09:00"))

    ids = {
        str(event["uid"])
        for subject in (new_id(), new_id())
        for event in icalendar.Calendar.from_ical(
            write_feed(subject, [day], {child: "Manon"}, Words("Aubeval", "annulé"))
        ).walk("VEVENT")
    }

    assert len(ids) == 2
