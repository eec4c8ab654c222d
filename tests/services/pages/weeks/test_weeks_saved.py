"""Boxes of several children and providers are saved by one form, and taken back by one act."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from services.portal_gateway.session import sessions
from shared.contracts.enrolment.places import family_acts, states
from shared.contracts.errors import Failed
from shared.contracts.identity import sign_ins
from shared.contracts.portal_gateway import portal_events
from shared.runtime.ids import new_id
from tests.factories import portal as make
from tests.factories.portal import AGG, CLAIRE, ENS
from tests.factories.portal_weeks import (
    INES,
    LOU,
    Town,
    Week,
    changes,
    lunches,
    next_week,
    said,
    weekday_of,
)


def test_eight_lunches_of_two_sisters_are_one_save_and_one_order_for_each(
    town: Town, week: Week
) -> None:
    week.saves(week.ticks(*lunches(INES, LOU)))

    asked = changes(town)
    assert {request.child_id: len(request.book) for request in asked} == {INES.id: 4, LOU.id: 4}
    assert all(not request.cancel for request in asked)
    assert "8 réservations enregistrées, 21,60 €" in week.confirmation
    assert "Inès, Restauration, " in week.confirmation
    assert said(weekday_of(5)) in week.confirmation
    assert "réservé, 10,80 €" in week.confirmation


def test_one_save_reaches_several_providers_and_says_what_it_spares(town: Town, week: Week) -> None:
    week.saves(week.ticks((LOU, "Restauration", weekday_of(1)), (INES, "Judo", weekday_of(3))))

    assert {
        (request.child_id, len(request.book), len(request.cancel)) for request in changes(town)
    } == {
        (LOU.id, 1, 0),
        (INES.id, 0, 1),
    }
    assert "2 changements enregistrés" in week.confirmation
    assert f"Inès, Judo, {said(weekday_of(3))} : annulé à temps" in week.confirmation


def test_a_cancelled_lunch_says_the_price_that_is_not_billed(town: Town, week: Week) -> None:
    town.canteen.meets(LOU, weekday_of(1), states.BOOKED)
    week.opens(next_week())

    week.saves(week.ticks((LOU, "Restauration", weekday_of(1))))

    assert "annulé à temps, 2,70 € ne seront pas facturés" in week.confirmation


def test_what_nobody_touched_is_not_ordered_though_it_changed_meanwhile(
    town: Town, week: Week
) -> None:
    sent = week.ticks((INES, "Restauration", weekday_of(1)))
    town.canteen.meets(LOU, weekday_of(2), states.BOOKED)  # her father booked it meanwhile

    week.saves(sent)

    [request] = changes(town)
    assert (request.child_id, request.cancel) == (INES.id, [])


def test_a_save_without_a_change_asks_nobody_and_says_so(town: Town, week: Week) -> None:
    week.saves(week.fields)

    assert changes(town) == []
    assert "rien n’est à enregistrer" in week.confirmation


def test_a_save_sent_twice_is_the_same_orders(town: Town, week: Week) -> None:
    sent = week.ticks(*lunches(INES, LOU))

    week.saves(sent)
    week.saves(sent)

    ids = [a[2] for a in town.portal.callees.asked if a[1] == family_acts.change_bookings.name]
    assert len(ids) == 4
    assert len(set(ids)) == 2


def test_all_of_a_save_is_taken_back_by_one_act(town: Town, week: Week) -> None:
    week.saves(week.ticks(*lunches(INES, LOU), (INES, "Judo", weekday_of(3))))

    assert "Annuler ces 9 changements" in week.confirmation
    week.undoes()

    assert {day["state"] for day in town.canteen.days.values()} == {states.CANCELLED}
    assert {day["state"] for day in town.judo.days.values()} == {states.BOOKED}
    assert "9 changements enregistrés" in week.confirmation


def test_a_day_that_is_full_or_too_late_meanwhile_is_said_and_the_others_are_saved(
    town: Town, week: Week
) -> None:
    town.canteen.becomes = {
        town.canteen.ids[weekday_of(1)]: "full",
        town.canteen.ids[weekday_of(2)]: "late",
    }

    week.saves(week.ticks(*lunches(INES)))

    assert "2 changements enregistrés, 2 pas enregistrés" in week.confirmation
    assert f"{said(weekday_of(1))} : complet, rien n’est réservé" in week.confirmation
    assert f"{said(weekday_of(2))} : le délai est passé, rien n’a changé" in week.confirmation
    assert "Annuler ces 2 changements" in week.confirmation


def test_a_stopped_provider_leaves_its_days_on_their_way_and_the_others_are_saved(
    town: Town, week: Week
) -> None:
    town.portal.callees.answers(AGG, family_acts.change_bookings, None)

    week.saves(week.ticks(*lunches(LOU), (INES, "Judo", weekday_of(3))))

    assert "4 changements enregistrés, 1 en route" in week.confirmation
    assert "ce sera fait à son retour" in week.confirmation
    [told] = town.portal.published(portal_events.family_act)
    assert told["method"] == "change_bookings"
    assert f"Inès, Judo, {said(weekday_of(3))} : en route" in week.says
    with pytest.raises(AssertionError, match="no box"):
        week.box(INES, "Judo", weekday_of(3))


def test_a_sisters_day_is_hers_while_the_others_is_on_its_way(town: Town, week: Week) -> None:
    town.portal.callees.answers(ENS, family_acts.change_bookings, None)

    week.saves(week.ticks((INES, "Restauration", weekday_of(1))))

    assert week.box(LOU, "Restauration", weekday_of(1))


def test_where_nothing_answers_the_page_says_what_is_not_saved(town: Town, week: Week) -> None:
    town.portal.callees.answers(AGG, family_acts.change_bookings, None)
    town.portal.callees.answers("identity", sign_ins.sign_act, None)

    week.saves(week.ticks(*lunches(LOU), (INES, "Judo", weekday_of(3))))

    assert "4 changements enregistrés, 1 pas enregistré" in week.confirmation
    assert "rien ne répond" in week.confirmation


def test_a_provider_that_fails_hides_nothing_of_what_the_others_did(town: Town, week: Week) -> None:
    town.portal.callees.answers(AGG, family_acts.change_bookings, Failed())

    week.saves(week.ticks(*lunches(LOU), (INES, "Judo", weekday_of(3))))

    assert "4 changements enregistrés, 1 pas enregistré" in week.confirmation
    assert "Appelez-le" in week.confirmation


def test_a_confirmation_stays_while_the_page_renews_itself_and_goes_with_the_next(
    town: Town, week: Week
) -> None:
    week.saves(week.ticks(*lunches(LOU)))
    first = week.confirmation

    shown = re.search(r'data-shown="([^"]+)"', week.text)
    assert shown
    headers = {"X-Preau-By-Itself": "1", "X-Preau-Shown": shown[1]}
    renewed = Week(week.browser, week.browser.get(next_week(), headers=headers).text)

    assert renewed.confirmation == first
    assert not week.opens(next_week()).confirmation


def test_eighty_changes_are_confirmed_within_what_a_cookie_holds(
    town: Town, browser: FlaskClient
) -> None:
    first = weekday_of(1)
    for child in (INES, LOU):
        for ahead in range(40):
            town.canteen.meets(child, first + timedelta(days=ahead), states.FREE)
    page = Week(browser).opens(f"/semaine?du={first}&vue=vacances")
    fields = page.fields
    for name, value in re.findall(r'name="(jour\d+)" value="([^"]+)"(?! checked)', page.text):
        fields.setdefault(name, []).append(value)

    answer = browser.post("/semaine", data=fields)

    assert answer.status_code == 303
    assert len(answer.headers["Set-Cookie"]) < 4_000


# Rights and mistakes


@pytest.mark.parametrize(
    "breaks",
    [
        lambda value: value.replace(INES.id, new_id()),
        lambda value: value.replace("|ens|", "|gone|"),
    ],
)
def test_a_child_or_a_provider_that_is_not_the_familys_is_not_found_and_nothing_is_ordered(
    town: Town, week: Week, breaks: Callable[[str], str]
) -> None:
    sent = week.ticks(*lunches(INES, LOU))
    sent["ligne"] = [breaks(each) for each in sent["ligne"]]

    answer = week.browser.post("/semaine", data=sent)

    assert answer.status_code == 404
    assert changes(town) == []


@pytest.mark.parametrize("ligne", ["", "x|ens", "1|ens|a|b|c|not-an-id.2026-12-07|d"])
def test_a_form_that_no_page_sends_is_refused(town: Town, week: Week, ligne: str) -> None:
    answer = week.browser.post("/semaine", data={**week.fields, "ligne": [ligne]})

    assert answer.status_code == 400
    assert changes(town) == []


def test_boxes_ticked_when_the_session_ran_out_come_back_ticked(town: Town, week: Week) -> None:
    typed = week.ticks(*lunches(LOU))
    secret = make.sign_in(week.browser, CLAIRE)
    sessions.save_form(secret, "/semaine", {n: v for n, v in typed.items() if n != "csrf_token"})

    again = week.opens("/semaine")

    assert "avant que la session se ferme" in again.says
    again.saves(again.fields)
    [request] = changes(town)
    assert len(request.book) == 4
