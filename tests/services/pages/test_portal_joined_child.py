"""A child of two files is one child at the portal, and each service is asked by the id it has."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from shared.contracts.dossier import guardians
from shared.contracts.enrolment.places import family_acts, published_offer
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories.portal import AGG, ENS, Child, Portal, main_of

HERS, HIS, HOUSEHOLD = new_id(), new_id(), new_id()


class Joined(Child):
    """A child whose other file the school service has; the agglomeration has its own."""

    @property
    def row(self) -> dict[str, object]:
        return {**super().row, "also": [{"child_id": HIS, "providers": ["ens"]}]}


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    with make.portal_on(database, tmp_path) as portal:
        yield portal


@pytest.fixture
def browser(portal: Portal) -> FlaskClient:
    """Give the browser of a guardian of one child, with a lunch at one service and judo."""
    subject, household, child = new_id(), HOUSEHOLD, Joined(id=HERS)
    portal.receives_guardian_card(subject, [household], child)
    lunch = make.day(activity="Cantine", session_id=LUNCH, until=now() + timedelta(hours=6))
    told = {"child_id": HIS, "places": [], "applications": [], "days": [lunch]}
    portal.receives_family_card(ENS, household, told)
    portal.receives_family_card(
        AGG, household, make.part(child, days=[make.day(activity="Judo", hours=("17:00", "18:00"))])
    )
    browser: FlaskClient = portal.site.test_client()
    make.sign_in(browser, subject)
    return browser


LUNCH = new_id()


def test_the_first_page_shows_one_child_with_the_days_of_both_files(browser: FlaskClient) -> None:
    page = browser.get("/").text

    assert "Cantine" in main_of(page) and "Judo" in main_of(page)
    assert f"/enfants/{HERS}" in page and f"/enfants/{HIS}" not in page


def test_a_lunch_is_cancelled_under_the_id_that_its_service_has(
    portal: Portal, browser: FlaskClient
) -> None:
    outcomes = {"outcomes": [{"session_id": LUNCH, "outcome": "cancelled"}]}
    portal.callees.answers(ENS, family_acts.change_bookings, lambda _request: outcomes)

    booked = make.day(activity="Cantine", session_id=LUNCH)

    sent = make.posts(browser, "/semaine", ligne=make.week_line("ens", HIS, booked))

    assert sent.status_code == 303
    assert [
        request.child_id
        for to, name, _, request in portal.callees.asked
        if (to, name) == (ENS, family_acts.change_bookings.name)
    ] == [HIS]


def test_the_week_asks_each_service_under_every_id_that_it_may_have(
    portal: Portal, browser: FlaskClient
) -> None:
    browser.get("/semaine")

    asked = {
        (to, request.child_id)
        for to, name, _, request in portal.callees.asked
        if name == family_acts.calendar.name
    }
    assert asked == {(ENS, HERS), (ENS, HIS), (AGG, HERS)}


@pytest.mark.parametrize("page", ["", "/qui-sait-quoi", "/parcours"])
def test_an_address_kept_from_before_leads_to_the_childs_own_page(
    browser: FlaskClient, page: str
) -> None:
    answer = browser.get(f"/enfants/{HIS}{page}")

    assert (answer.status_code, answer.location) == (302, f"/enfants/{HERS}{page}")


def test_a_place_is_asked_for_under_the_id_by_which_the_service_has_the_child(
    portal: Portal, browser: FlaskClient
) -> None:
    group = new_id()
    activity = new_id()
    portal.receives(
        published_offer.activity_published,
        ENS,
        activity_id=activity,
        version=1,
        content=make.offer(group_id=group),
    )
    portal.callees.answers("dossier", guardians.open_link, lambda _request: {"version": 4})
    make.posts(
        browser,
        f"/activites/ens/{activity}",
        child=HERS,
        group=group,
        from_day=_next_wednesday().isoformat(),
    )

    linked = [r.child_id for _, name, _, r in portal.callees.asked if name == "open_link"]
    applied = [r.child_id for _, name, _, r in portal.callees.asked if name == "apply"]
    assert (linked, applied) == ([HERS], [HIS])


def _next_wednesday() -> date:
    return today() + timedelta(days=(2 - today().weekday()) % 7 or 7)


def test_an_absence_lists_what_is_booked_under_either_id(
    portal: Portal, browser: FlaskClient
) -> None:
    activity, tomorrow = new_id(), today() + timedelta(days=1)
    portal.receives(
        published_offer.activity_published,
        AGG,
        activity_id=activity,
        version=1,
        content=make.offer(),
    )
    judo = make.place(activity="Judo") | {"activity_id": activity}
    told = {"child_id": HERS, "places": [judo], "applications": [], "days": []}
    portal.receives_family_card(AGG, HOUSEHOLD, told, version=2)

    answer = browser.get(f"/absence?enfant={HERS}&du={tomorrow}&au={tomorrow}")

    assert answer.status_code == 200
    assert f"ens|{HIS}|{LUNCH}" in answer.text
