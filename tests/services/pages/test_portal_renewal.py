"""« Rentrée » at the portal: one page for all providers, one tap a line, nothing is lost."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import lxml.html
import pytest
from flask.testing import FlaskClient

from shared.contracts.billing.prices import simulations
from shared.contracts.enrolment.places import family_acts
from shared.contracts.enrolment.places.family_acts import TooLate
from shared.contracts.enrolment.school_year import renewals
from shared.contracts.portal_gateway import portal_events
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories.portal import AGG, ENS, Child, Portal, main_of, part

CLAIRE, HOUSEHOLD = new_id(), new_id()
MANON = Child(missing=("diet", "health"))
LUNCH, JUDO = new_id(), new_id()


def lunch() -> dict[str, Any]:
    """Return the line of Manon's lunch, which goes on as it is."""
    return make.renewal(renewal_id=LUNCH)


def judo() -> dict[str, Any]:
    """Return the line of her judo, for which she has grown; it is the first to be answered."""
    return make.renewal(
        "Judo",
        renewal_id=JUDO,
        by_day=False,
        why="older",
        until=make.at(today() + timedelta(days=9), "18:00"),
        now={"code": "judo", "group": "Judo 6-8 ans", "starts": "14:00", "ends": "15:00"},
        next={"code": "judo", "group": "Judo 9-12 ans", "starts": "15:15", "ends": "16:30"},
    )


@pytest.fixture
def family(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal, which has heard of two campaigns; everybody but identity is silent."""
    with make.portal_on(database, tmp_path) as portal_:
        portal_.receives_guardian_card(CLAIRE, [HOUSEHOLD], MANON)
        portal_.receives_family_card(ENS, HOUSEHOLD, part(MANON, renewals=[lunch()]))
        portal_.receives_family_card(AGG, HOUSEHOLD, part(MANON, renewals=[judo()]))
        yield portal_


@pytest.fixture
def browser(family: Portal) -> FlaskClient:
    browser = family.site.test_client()
    make.sign_in(browser, CLAIRE)
    return browser


def answers(browser: FlaskClient, line: str, said: str, provider: str = "ens", **more: Any) -> Any:
    path = f"/rentree/{provider}/{line}"
    return make.posts(browser, path, answer=said, **{"weekdays": ["1", "4"], **more})


def page_of(browser: FlaskClient) -> str:
    return main_of(browser.get("/rentree").text)


def becomes(state: str) -> Any:
    return lambda _request: {"became": state}


def prices(request: SimpleNamespace) -> dict[str, Any]:
    """Answer as billing would: lunch costs ten cents more next year, judo is not priced yet."""
    following = request.on == date(2027, 9, 1)
    cents = {"canteen": 330 if following else 320, "judo": None if following else 12000}
    wanted = [each for each in request.wanted if cents[each["activity"]] is not None]
    return {
        "prices": [
            {
                **each,
                "label": "Repas" if each["activity"] == "canteen" else "Judo, à l’année",
                "unit": "session" if each["activity"] == "canteen" else "year",
                "total_cents": cents[each["activity"]],
                "parts": [],
                "surcharges": [],
            }
            for each in wanted
        ]
    }


def test_the_first_page_says_how_many_answers_are_given_and_the_nearest_deadline(
    browser: FlaskClient, family: Portal
) -> None:
    page = main_of(browser.get("/").text)

    assert "Renouveler les inscriptions pour 2027-2028" in page and "0 sur 2 réponses" in page
    assert family.callees.rounds == 0
    assert re.search(rf"avant \w+ {judo()['until'].day} ", page)


def test_one_page_shows_what_changes_at_all_providers_in_one_round(
    browser: FlaskClient, family: Portal
) -> None:
    family.callees.answers("billing", simulations.simulate, prices)

    page = page_of(browser)

    assert family.callees.rounds == 1
    assert "Manon a grandi : « Judo 9-12 ans » est le groupe de son âge." in page
    assert "Heures 14 h – 15 h → puis 15 h 15 – 16 h 30" in page
    assert "mêmes jours, mêmes heures, même groupe" in page
    assert "3,20 € → puis 3,30 € par séance" in page
    assert "120,00 € par année scolaire cette année ; pas encore de prix" in page
    judo, lunch = page.split("Restauration scolaire", 1)
    assert "Il manque : Santé" in judo, "of health sport receives what to do in an emergency"
    assert "Il manque : Régime alimentaire, Santé" in lunch


def test_the_page_is_whole_without_billing(browser: FlaskClient, family: Portal) -> None:
    page = page_of(browser)

    assert "Confirmer" in page and "Premier jour 1 septembre 2027" in page.replace("1er", "1")


def test_two_lines_of_one_activity_are_regions_of_two_names(
    browser: FlaskClient, family: Portal
) -> None:
    brother = Child(first_name="Noé")
    friday = make.renewal(now={"group": "Les vendredis"})
    lines = (part(MANON, renewals=[lunch(), friday]), part(brother, renewals=[make.renewal()]))
    family.receives_guardian_card(CLAIRE, [HOUSEHOLD], MANON, brother, version=2)
    family.receives_family_card(ENS, HOUSEHOLD, *lines, version=2)

    document = lxml.html.fromstring(browser.get("/rentree").text)
    cards = document.xpath("//section[starts-with(@id, 'ligne-')]")
    names = [
        " ".join(document.get_element_by_id(named).text_content() for named in labels.split())
        for labels in (card.get("aria-labelledby") for card in cards)
    ]

    assert len(set(names)) == len(names) == 4, "three of these are lunches, one is judo"


def test_one_tap_is_one_act_and_the_next_page_says_so(browser: FlaskClient, family: Portal) -> None:
    family.callees.answers(ENS, renewals.answer_renewal, becomes("confirmed"))

    answer = answers(browser, LUNCH, "confirm")
    page = page_of(browser)

    assert (answer.status_code, answer.location) == (303, "/rentree#confirmation")
    ((_, _, _, request),) = [a for a in family.callees.asked if a[1] == "answer_renewal"]
    assert (request.answer, request.weekdays) == ("confirm", [1, 4])
    assert "1 sur 2 réponses" in page
    assert "Restauration scolaire : confirmé pour Manon, à partir du" in page


def test_the_same_tap_sent_twice_is_the_same_request(browser: FlaskClient, family: Portal) -> None:
    family.callees.answers(ENS, renewals.answer_renewal, becomes("confirmed"))
    act = new_id()

    answers(browser, LUNCH, "confirm", act=act)
    answers(browser, LUNCH, "confirm", act=act)

    asked = [one for one in family.callees.asked if one[1] == "answer_renewal"]
    assert len({request_id for _, _, request_id, _ in asked}) == 1


def test_who_signs_in_after_a_tap_comes_back_to_the_line(browser: FlaskClient) -> None:
    answer = browser.get(f"/rentree/ens/{LUNCH}")

    assert answer.location == f"/rentree#ligne-{LUNCH}"


def test_a_silent_providers_line_is_en_route_and_the_others_are_done(
    browser: FlaskClient, family: Portal
) -> None:
    family.callees.answers(ENS, renewals.answer_renewal, becomes("confirmed"))

    answers(browser, JUDO, "confirm", provider="agg")
    answers(browser, LUNCH, "confirm")
    page = page_of(browser)

    (told,) = family.published(portal_events.family_act)
    assert (told["key"], told["method"]) == (f"event.{AGG}.family_act", "answer_renewal")
    assert told["payload"]["renewal_id"] == JUDO
    assert "votre « oui » est en route" in page
    assert "2 sur 2 réponses" in page
    other_device = family.site.test_client()
    make.sign_in(other_device, CLAIRE)
    assert "votre « oui » est en route" in page_of(other_device)


def test_what_was_en_route_is_done_or_refused_in_words(
    browser: FlaskClient, family: Portal
) -> None:
    answers(browser, JUDO, "confirm", provider="agg")
    (told,) = family.published(portal_events.family_act)

    detail = {"until": judo()["until"].isoformat()}
    settled = {"act_id": told["act_id"], "code": TooLate.code, "answer": detail, "at": now()}
    family.receives(family_acts.order_outcome, AGG, **settled)

    assert "Le délai était" in main_of(browser.get("/nouvelles").text)
    assert "0 sur 2 réponses" in page_of(browser)


def test_a_no_can_be_taken_back_and_says_until_when_the_place_is_kept(
    browser: FlaskClient, family: Portal
) -> None:
    kept = now() + timedelta(minutes=50)
    declined = {**lunch(), "state": "declined", "kept_until": kept}
    family.receives_family_card(ENS, HOUSEHOLD, part(MANON, renewals=[declined]), version=2)
    family.callees.answers(ENS, renewals.answer_renewal, becomes("asked"))

    page = page_of(browser)
    answers(browser, LUNCH, "undo")

    assert "La place reste gardée jusqu’à" in page and "Revenir sur ma réponse" in page
    assert [one[3].answer for one in family.callees.asked if one[1] == "answer_renewal"] == ["undo"]


def test_no_day_chosen_is_said_beside_the_days_and_asks_nobody(
    browser: FlaskClient, family: Portal
) -> None:
    answer = answers(browser, LUNCH, "confirm", weekdays=[])

    assert answer.status_code == 422
    assert "Choisissez au moins un jour, ou « Sans jour fixe »." in main_of(answer.text)
    assert family.callees.count(renewals.answer_renewal) == 0


def without_fixed_day(family: Portal) -> None:
    """Let Manon's lunch be a place without a fixed day, which would go on as it is."""
    none: dict[str, Any] = {"weekdays": []}
    line = make.renewal(renewal_id=LUNCH, now=none, next=none)
    family.receives_family_card(ENS, HOUSEHOLD, part(MANON, renewals=[line]), version=2)
    family.callees.answers(ENS, renewals.answer_renewal, becomes("confirmed"))


def confirms_as_shown(browser: FlaskClient) -> Any:
    """Tap « Confirmer » on the line of the lunch, with the boxes as the page has them."""
    document = lxml.html.fromstring(browser.get("/rentree").text)
    (form,) = document.xpath(f"//section[@id='ligne-{LUNCH}']//form")
    boxes = form.xpath(".//input[@type='checkbox'][@checked]")
    days = [box.get("value") for box in boxes if box.get("name") == "weekdays"]
    single = {box.get("name"): box.get("value") for box in boxes if box.get("name") != "weekdays"}
    return answers(browser, LUNCH, "confirm", weekdays=days, **single)


def test_a_place_without_a_fixed_day_is_renewed_in_one_tap_and_read_so(
    browser: FlaskClient, family: Portal
) -> None:
    without_fixed_day(family)
    page = page_of(browser)

    answer = confirms_as_shown(browser)

    assert "Changer les jours : aucun jour fixe" in page
    assert "sans jour fixe, mêmes heures, même groupe" in page
    assert answer.status_code == 303
    (request,) = [one[3] for one in family.callees.asked if one[1] == "answer_renewal"]
    assert (request.weekdays, request.no_fixed_day) == ([], True)


def test_a_place_with_its_days_is_renewed_with_them_in_one_tap(
    browser: FlaskClient, family: Portal
) -> None:
    family.callees.answers(ENS, renewals.answer_renewal, becomes("confirmed"))

    confirms_as_shown(browser)

    (request,) = [one[3] for one in family.callees.asked if one[1] == "answer_renewal"]
    assert (request.weekdays, request.no_fixed_day) == ([1, 2], False)


def test_days_beside_no_fixed_day_are_one_too_many_and_stay_as_ticked(
    browser: FlaskClient, family: Portal
) -> None:
    without_fixed_day(family)

    both = answers(browser, LUNCH, "confirm", weekdays=["4"], no_fixed_day="yes")

    ticked = lxml.html.fromstring(both.text).xpath("//main//input[@type='checkbox'][@checked]")
    assert both.status_code == 422
    assert "Choisissez l’un ou l’autre : des jours, ou aucun jour fixe." in main_of(both.text)
    assert [box.get("value") for box in ticked] == ["4", "yes"]
    assert family.callees.count(renewals.answer_renewal) == 0


@pytest.mark.parametrize("who", ["another family", "another household", "a former guardian"])
def test_whoever_does_not_hold_the_place_sees_and_does_nothing(family: Portal, who: str) -> None:
    somebody, browser = new_id(), family.site.test_client()
    theirs = {"another household": [MANON], "a former guardian": []}.get(who, [Child("Lucas")])
    family.receives_guardian_card(somebody, [new_id()], *theirs)
    make.sign_in(browser, somebody)

    page = page_of(browser)

    assert "Rien à répondre pour l’instant" in page and "Judo" not in page
    assert "nscriptions pour" not in main_of(browser.get("/").text)
    assert answers(browser, LUNCH, "confirm").status_code == 404
    assert browser.get(f"/rentree/ens/{LUNCH}").status_code == 404
    assert family.callees.count(renewals.answer_renewal) == 0


def test_after_the_deadline_nothing_is_asked_on_the_first_page(
    browser: FlaskClient, family: Portal
) -> None:
    over = now() - timedelta(hours=1)
    for provider, line in ((ENS, lunch()), (AGG, judo())):
        late = {**line, "until": over, "state": "released", "kept_until": None}
        family.receives_family_card(provider, HOUSEHOLD, part(MANON, renewals=[late]), version=2)

    assert "nscriptions pour" not in main_of(browser.get("/").text)
    assert "sans réponse à temps, place libérée" in page_of(browser)


def test_next_years_place_says_from_when_its_days_hold(
    browser: FlaskClient, family: Portal
) -> None:
    held = make.place(valid_from=today() + timedelta(days=200))
    family.receives_family_card(ENS, HOUSEHOLD, part(MANON, places=[held]), version=2)

    assert "à partir du" in main_of(browser.get("/semaine").text)
