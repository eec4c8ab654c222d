"""Orders of a family: sent at once, stored if the provider is unavailable, never done twice."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.portal_gateway.session import sessions
from shared.contracts.enrolment.places import family_acts, states
from shared.contracts.identity import sign_ins
from shared.contracts.portal_gateway import portal_events
from shared.dates.clock import now, today
from shared.person import digest_of_request
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories.portal import AGG, ENS, Child, Portal, day, main_of, part

CLAIRE, HOUSEHOLD = new_id(), new_id()


@pytest.fixture
def family(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal, which knows Claire's family; everybody but identity is silent."""
    with make.portal_on(database, tmp_path) as portal:
        portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], MANON)
        portal.receives_family_card(ENS, HOUSEHOLD, part(MANON, days=[lunch()]))
        portal.receives_family_card(AGG, HOUSEHOLD, part(MANON, days=[judo()]))
        yield portal


@pytest.fixture
def browser(family: Portal) -> FlaskClient:
    """Give Claire's browser."""
    browser = family.site.test_client()
    make.sign_in(browser, CLAIRE)
    return browser


MANON = Child()
LUNCH, JUDO = new_id(), new_id()


def lunch() -> dict[str, Any]:
    """Return Manon's lunch of tomorrow, which may still be cancelled."""
    return day(until=now() + timedelta(days=2), session_id=LUNCH)


def judo() -> dict[str, Any]:
    """Return her judo of tomorrow, which counts whatever is said now."""
    return day(activity="Judo", until=None, hours=("17:30", "18:30"), session_id=JUDO)


def cancels(browser: FlaskClient, act: str = "") -> Any:
    """Save the week without Manon's lunch."""
    line = make.week_line("ens", MANON.id, lunch())
    return make.posts(browser, "/semaine", act=act or new_id(), ligne=line, du=str(lunch()["day"]))


def outcome(of: str) -> Any:
    return lambda request: {
        "outcomes": [
            {"session_id": one, "outcome": of, "until": None}
            for one in [*getattr(request, "cancel", ()), *getattr(request, "book", ())]
            or request.sessions
        ]
    }


def settles(portal_: Portal, act_id: str, code: str, answer: Any = None, by: str = ENS) -> None:
    portal_.receives(
        family_acts.order_outcome, by, act_id=act_id, code=code, answer=answer or {}, at=now()
    )


def kept_act(family: Portal) -> dict[str, Any]:
    (told,) = family.published(portal_events.family_act)
    return told


def news(browser: FlaskClient) -> str:
    return main_of(browser.get("/nouvelles").text)


def test_an_act_that_finds_its_provider_silent_is_kept_with_identitys_word(
    family: Portal, browser: FlaskClient
) -> None:
    saved = main_of(browser.get(cancels(browser).location).text)
    first_page = main_of(browser.get("/").text)

    told = kept_act(family)
    ((_, _, request_id, _),) = [a for a in family.callees.asked if a[1] == "change_bookings"]
    assert told["key"] == f"event.{ENS}.family_act"
    assert (told["act_id"], told["method"]) == (request_id, "change_bookings")
    assert told["signed"] == digest_of_request(ENS, "change_bookings", request_id, told["payload"])
    assert family_acts.change_bookings.load_request(told["payload"]).cancel == [LUNCH]
    assert "1 en route" in saved
    assert "changement en route" in first_page


def test_a_double_click_is_one_act(family: Portal, browser: FlaskClient) -> None:
    act = new_id()

    for _ in range(3):
        cancels(browser, act)

    assert len(family.published(portal_events.family_act)) == 1
    assert family.callees.count(family_acts.change_bookings) == 1
    assert family.callees.count(sign_ins.sign_act) == 1


def test_a_kept_act_that_is_done_later_is_news(family: Portal, browser: FlaskClient) -> None:
    cancels(browser)
    waiting = news(browser)

    lines = [{"session_id": LUNCH, "outcome": "cancelled", "until": None}]
    settles(family, kept_act(family)["act_id"], "done", {"outcomes": lines})

    assert "En route" in waiting
    assert "Changement de réservation : c’est fait" in news(browser)
    assert "annulé à temps" in news(browser)
    assert "En route" not in news(browser)


def test_a_kept_act_that_is_refused_later_says_why_in_words(
    family: Portal, browser: FlaskClient
) -> None:
    cancels(browser)

    settles(family, kept_act(family)["act_id"], "too_late", {"until": now().isoformat()})

    assert "ce n’a pas pu être fait" in news(browser)
    assert "Le délai était" in news(browser)
    assert "too_late" not in news(browser)


def test_no_other_provider_settles_an_act_and_a_settled_one_stays(
    family: Portal, browser: FlaskClient
) -> None:
    cancels(browser)
    act_id = kept_act(family)["act_id"]

    settles(family, act_id, "done", by=AGG)
    waiting = news(browser)
    settles(family, act_id, "too_late")
    settles(family, act_id, "done")

    assert "En route" in waiting
    assert "ce n’a pas pu être fait" in news(browser)


def test_another_guardian_sees_nothing_of_an_act(family: Portal, browser: FlaskClient) -> None:
    father, other = new_id(), family.site.test_client()
    family.receives_guardian_card(father, [HOUSEHOLD], MANON)
    make.sign_in(other, father)
    cancels(browser)
    act_id = kept_act(family)["act_id"]

    settles(family, act_id, "done")

    assert "Changement de réservation" not in news(other)
    assert other.get(f"/actes/{act_id}").status_code == 404
    assert browser.get(f"/actes/{act_id}").status_code == 200


def test_where_identity_is_away_too_nothing_is_kept_and_the_page_says_so(
    family: Portal, browser: FlaskClient
) -> None:
    family.callees.answers("identity", sign_ins.sign_act, None)

    saved = main_of(browser.get(cancels(browser).location).text)

    assert family.published(portal_events.family_act) == []
    assert "1 pas enregistré" in saved


# The week


def calendar_of(*days: dict[str, Any]) -> Any:
    def answer(request: SimpleNamespace) -> dict[str, Any]:
        return {"days": [one for one in days if request.first <= one["day"] <= request.last]}

    return answer


def week_of(browser: FlaskClient, one: dict[str, Any]) -> str:
    return main_of(browser.get(f"/semaine?du={one['day']}").text)


def test_the_week_asks_all_providers_in_one_round_and_a_silent_one_is_spoken_for_by_its_card(
    family: Portal, browser: FlaskClient
) -> None:
    free = day(states.FREE, activity="Garderie", until=now() + timedelta(days=1))
    family.callees.answers(ENS, family_acts.calendar, calendar_of(lunch(), free))

    page = week_of(browser, lunch())

    assert family.callees.rounds == 1
    assert re.search("Manon, Garderie, [^:]* : libre", page)
    assert "Sports de l’agglomération : état de" in page
    assert re.search("Manon, Judo, [^:]* : réservé", page)
    assert "17 h 30" in page


def test_the_days_of_a_place_are_changed_from_a_day_on(
    family: Portal, browser: FlaskClient
) -> None:
    held = make.place()
    family.receives_family_card(
        ENS, HOUSEHOLD, part(MANON, places=[held], days=[lunch()]), version=2
    )
    family.callees.answers(ENS, family_acts.set_week, lambda _request: {"outcomes": []})
    path = f"/semaine/places/ens/{held['place_id']}"

    form = browser.get(path)
    wrong = make.posts(browser, path, weekdays=["1"], from_day="hier")
    right = make.posts(browser, path, weekdays=["1", "4"], from_day=str(today()))

    assert form.status_code == 200
    assert wrong.status_code == 422
    assert right.status_code == 303
    (request,) = [asked[3] for asked in family.callees.asked if asked[1] == "set_week"]
    assert (request.weekdays, request.from_day) == ([1, 4], today())


# « Mon enfant est malade »


def absence_page(browser: FlaskClient) -> str:
    return browser.get(f"/absence?enfant={MANON.id}&du={today()}&au={lunch()['day']}").text


def declares(browser: FlaskClient, page: str, act: str = "") -> Any:
    chosen = re.findall(r'name="session" value="([^"]+)"', page)
    return make.posts(
        browser,
        "/absence",
        session=chosen,
        reason="sick",
        enfant=[MANON.id],
        **({"act": act} if act else {}),
    )


def test_an_absence_lists_every_booking_with_what_cancelling_it_means(
    family: Portal, browser: FlaskClient
) -> None:
    page = main_of(absence_page(browser))

    assert "annulé à temps : ne sera pas facturé" in page
    assert "délai passé : sera facturé" in page
    assert page.index("Restauration scolaire") < page.index("Judo")


def test_an_absence_is_told_to_all_in_one_round_and_the_silent_one_is_on_its_way(
    family: Portal, browser: FlaskClient
) -> None:
    family.callees.answers(ENS, family_acts.declare_absence, outcome("excused"))
    page = absence_page(browser)
    family.callees.rounds = 0

    answer = declares(browser, page)
    said = main_of(answer.text)

    assert answer.status_code == 200
    assert family.callees.rounds == 2  # the absence to both, then identity's word for one
    assert "excusé : ne sera pas facturé" in said
    assert "C’est en route" in said
    told = kept_act(family)
    assert (told["key"], told["method"]) == (f"event.{AGG}.family_act", "declare_absence")
    assert told["payload"]["sessions"] == [JUDO]


def test_an_absence_sent_twice_is_told_once(family: Portal, browser: FlaskClient) -> None:
    page, act = absence_page(browser), new_id()

    declares(browser, page, act)
    declares(browser, page, act)

    assert len(family.published(portal_events.family_act)) == 2  # one for each provider


def test_an_absence_typed_when_the_session_ran_out_comes_back_ticked_as_it_was(
    family: Portal, browser: FlaskClient
) -> None:
    page = absence_page(browser)
    first = re.findall(r'name="session" value="([^"]+)"', page)[0]
    secret = make.sign_in(browser, CLAIRE)
    sessions.save_form(
        secret,
        "/absence",
        {
            "enfant": [MANON.id],
            "du": [str(today())],
            "au": [str(lunch()["day"])],
            "session": [first],
            "reason": ["other"],
        },
    )

    again = browser.get("/absence").text

    assert "avant que la session se ferme" in again
    assert len(re.findall(r'name="session" value="[^"]+" checked', again)) == 1
    assert len(re.findall(r'name="session" value=', again)) == 2
    assert re.search(r'value="other" checked', again)
