"""A family goes from an offer to a place: the link is opened first, then the place is asked for."""

import itertools
import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from services.portal_gateway.models import WebSession
from services.portal_gateway.pages.enrolment.views import application_form
from services.portal_gateway.session import sessions
from services.portal_gateway.store import store
from shared.contracts.dossier import guardians
from shared.contracts.enrolment.places import family_acts, states
from shared.contracts.portal_gateway import portal_events
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import portal as make
from tests.factories.portal import AGG, Child, Portal, main_of, part
from tests.factories.portal_offers import (
    ACTIVITY,
    CLAIRE,
    GROUP,
    HOUSEHOLD,
    MANON,
    PAGE,
    TEEN,
    browser,
    family,
    goes_to,
    publishes,
    with_conditions,
)

__all__ = ["browser", "family"]


def in_time() -> str:
    """Return a first day that an offer of judo has."""
    return str(today() + timedelta(days=40))


def answering(state: str, **more: Any) -> Any:
    """Answer an application with a state, under one id for one request."""
    application_id = new_id()
    return lambda _request: {"application_id": application_id, "state": state, **more}


def applies(browser: FlaskClient, **fields: Any) -> Any:
    form = {"child": MANON.id, "group": GROUP, "from_day": in_time(), **fields}
    return make.posts(browser, PAGE, **form)


def asked(family: Portal, method: Any) -> list[SimpleNamespace]:
    return [request for _, name, _, request in family.callees.asked if name == method.name]


def after(browser: FlaskClient, answer: Any) -> str:
    assert answer.status_code == 303
    return main_of(browser.get(answer.location, follow_redirects=True).text)


def test_a_request_for_another_school_is_not_sent_and_one_for_another_commune_is(
    family: Portal, browser: FlaskClient
) -> None:
    """Of a second home a family knows more than the portal: the provider decides on communes."""
    goes_to(family, MANON, "École Jules-Ferry", insee="28902")
    offered = with_conditions({"school": ["École des Tilleuls"]}, {"commune": ["28901"]})
    publishes(family, offered, activity_id=ACTIVITY, version=2)
    other_school, other_commune = (each["group_id"] for each in offered["groups"])
    family.callees.answers(AGG, family_acts.apply, answering(states.DECIDING))

    refused = applies(browser, group=other_school)
    sent = applies(browser, group=other_commune)

    assert refused.status_code == 422
    assert "Ce groupe est pour : École des Tilleuls." in main_of(refused.text)
    assert sent.status_code == 303
    assert [request.group_id for request in asked(family, family_acts.apply)] == [other_commune]


def test_a_refusal_says_what_the_group_asks_and_nothing_of_the_child(
    family: Portal, browser: FlaskClient
) -> None:
    row = make.application(
        states.REFUSED,
        reason="conditions",
        reason_detail={"asked": [{"school": ["École des Tilleuls"]}, {"commune": ["28901"]}]},
    )
    family.receives_family_card(AGG, HOUSEHOLD, part(MANON, applications=[row]))

    page = main_of(browser.get(f"/demandes/agg/{row['application_id']}").text)

    assert "Ce groupe est pour : École des Tilleuls · qui habite Démonstration." in page


def test_before_asking_the_page_says_what_the_provider_will_receive(
    family: Portal, browser: FlaskClient
) -> None:
    page = main_of(browser.get(f"{PAGE}?enfant={MANON.id}").text)

    assert "L’essentiel pour s’occuper de votre enfant" in page
    assert "pour ceci et rien d’autre" in page
    assert "Régime alimentaire" not in page


def test_what_the_activity_asks_of_the_dossier_and_nobody_has_told_is_said_with_the_request(
    family: Portal, browser: FlaskClient
) -> None:
    swimmer = Child("Zoé", providers=(), missing=("contacts", "swimming", "diet"))
    family.receives_guardian_card(CLAIRE, [HOUSEHOLD], swimmer, version=2)
    swimming = make.offer(code="swimming_school", label="École de natation")
    publishes(family, swimming, activity_id=ACTIVITY, version=2)

    page = main_of(browser.get(f"{PAGE}?enfant={swimmer.id}").text)

    asked_for = page.partition("À compléter pour cette activité")[2].partition("Ce que ce")[0]
    assert "Personnes à appeler" in asked_for and "natation" in asked_for
    assert "Régime alimentaire" not in asked_for  # nobody eats there


def test_judo_does_not_announce_what_the_swimming_school_receives(
    family: Portal, browser: FlaskClient
) -> None:
    page = main_of(browser.get(f"{PAGE}?enfant={MANON.id}").text)

    assert "Attestation de natation" not in page


def test_a_service_that_has_the_child_says_what_another_activity_adds(
    family: Portal, browser: FlaskClient
) -> None:
    swimmer = Child(first_name="Zoé", providers=("agg",))
    family.receives_guardian_card(CLAIRE, [HOUSEHOLD], swimmer, version=2)
    publishes(
        family,
        make.offer(code="swimming_school", label="École de natation"),
        activity_id=ACTIVITY,
        version=2,
    )

    page = main_of(browser.get(f"{PAGE}?enfant={swimmer.id}").text)

    assert "Pour cette activité, il reçoit aussi" in page
    assert "Attestation de natation" in page
    assert "L’essentiel pour s’occuper de votre enfant" not in page


def test_the_link_is_opened_first_and_the_application_carries_its_version(
    family: Portal, browser: FlaskClient
) -> None:
    family.callees.answers(AGG, family_acts.apply, answering(states.EN_ROUTE))

    page = after(browser, applies(browser))

    (link,), (wish,) = asked(family, guardians.open_link), asked(family, family_acts.apply)
    assert link.provider == "agg"
    assert (wish.group_id, wish.link_version, wish.weekdays) == (GROUP, 7, [])
    assert "Votre demande est en route : le service attend le dossier de Manon" in page


def _by_day(family: Portal) -> None:
    offered = make.offer(group_id=GROUP, booking="by_day", label="Centre de loisirs")
    publishes(family, offered, activity_id=ACTIVITY, version=2)


def test_a_family_that_wants_single_days_alone_asks_for_a_place_without_a_fixed_day(
    family: Portal, browser: FlaskClient
) -> None:
    _by_day(family)
    family.callees.answers(AGG, family_acts.apply, answering(states.EN_ROUTE))

    page = main_of(browser.get(f"{PAGE}?enfant={MANON.id}").text)
    neither, both = applies(browser), applies(browser, weekdays="3", no_fixed_day="yes")
    sent = applies(browser, no_fixed_day="yes")

    assert "Seulement certains jours, sans jour fixe" in page
    assert neither.status_code == 422
    assert "Choisissez au moins un jour, ou « Seulement certains jours »." in main_of(neither.text)
    assert both.status_code == 422
    assert "Choisissez l’un ou l’autre" in main_of(both.text)
    assert sent.status_code == 303
    (wish,) = asked(family, family_acts.apply)
    assert (wish.weekdays, wish.no_fixed_day) == ([], True)


def test_a_place_without_a_fixed_day_leads_to_its_first_week_where_days_are_booked(
    family: Portal, browser: FlaskClient
) -> None:
    begins = today() + timedelta(days=40)
    told = make.application(states.ACCEPTED, "Centre de loisirs", activity_id=ACTIVITY)
    held = make.place(
        "Centre de loisirs",
        activity_id=ACTIVITY,
        group=told["group"],
        weekdays=[],
        valid_from=begins,
    )
    family.receives_family_card(AGG, HOUSEHOLD, part(MANON, applications=[told], places=[held]))

    page = browser.get(f"/demandes/agg/{told['application_id']}").text

    assert "Manon a une place sans jour fixe : cochez ses jours dans la semaine." in main_of(page)
    assert f'href="/semaine?du={begins}&amp;vue=mois"' in page


def test_what_was_answered_stands_until_the_card_comes_and_then_the_card(
    family: Portal, browser: FlaskClient
) -> None:
    application_id = new_id()
    family.callees.answers(
        AGG,
        family_acts.apply,
        lambda _request: {"application_id": application_id, "state": states.WAITING, "rank": 4},
    )
    answer = applies(browser)
    first = after(browser, answer)

    told = make.application(states.ACCEPTED, application_id=application_id)
    family.receives_family_card(AGG, HOUSEHOLD, part(MANON, applications=[told]))
    then = after(browser, answer)

    assert "Rang 4 sur la liste d’attente" in first
    assert "Manon a une place" in then


def test_while_places_are_drawn_the_page_says_until_when_requests_are_taken(
    family: Portal, browser: FlaskClient
) -> None:
    publishes(
        family, make.offer(closes_at=now() + timedelta(days=9)), activity_id=ACTIVITY, version=2
    )
    deciding = make.application(states.DECIDING, activity_id=ACTIVITY)
    family.receives_family_card(AGG, HOUSEHOLD, part(MANON, applications=[deciding]))

    page = main_of(browser.get(f"/demandes/agg/{deciding['application_id']}").text)

    assert "Les demandes sont reçues jusqu’au " in page


def test_a_form_typed_when_the_session_ran_out_comes_back_after_signing_in(
    family: Portal, browser: FlaskClient
) -> None:
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(PAGE).text)
    assert token
    with store.write() as write:
        write.execute(update(WebSession).values(seen_at=now() - sessions.IDLE))

    form = {"child": MANON.id, "group": GROUP, "from_day": in_time(), "act": new_id()}
    answer = browser.post(PAGE, data={"csrf_token": token[1], **form})
    make.sign_in(browser, CLAIRE)
    page = browser.get(PAGE).text

    assert "etat=garde" in answer.location
    assert "avant que la session se ferme" in page
    assert f'value="{in_time()}"' in page
    assert re.search(rf'value="{MANON.id}" checked', page)
    assert asked(family, guardians.open_link) == asked(family, family_acts.apply) == []


def test_a_refusal_for_want_of_room_says_the_places_and_the_day_and_nothing_else(
    family: Portal, browser: FlaskClient
) -> None:
    told = {"places": 24, "taken": 24, "day": "2026-11-24", "debt": "impayés de la famille"}
    refused = make.application(states.REFUSED, reason="capacity", reason_detail=told)
    family.receives_family_card(AGG, HOUSEHOLD, part(MANON, applications=[refused]))

    page = main_of(browser.get(f"/demandes/agg/{refused['application_id']}").text)

    assert "24 places, 24 prises au 24 novembre 2026." in page
    assert "impay" not in page


def test_the_same_form_sent_twice_is_one_application(family: Portal, browser: FlaskClient) -> None:
    family.callees.answers(AGG, family_acts.apply, answering(states.DECIDING))
    act = new_id()

    answers = [applies(browser, act=act) for _ in range(2)]

    ids = {ident for _, name, ident, _ in family.callees.asked if name == "apply"}
    assert len(ids) == 1
    assert answers[0].location == answers[1].location


def test_a_silent_provider_keeps_the_application_on_its_way(
    family: Portal, browser: FlaskClient
) -> None:
    page = after(browser, applies(browser))

    (told,) = family.published(portal_events.family_act)
    assert (told["method"], told["payload"]["link_version"]) == ("apply", 7)
    assert "Votre demande est en route" in page
    assert "Demande de place, Manon" in main_of(browser.get("/").text)

    application_id = new_id()
    answer = {"application_id": application_id, "state": states.ACCEPTED}
    family.receives(
        family_acts.order_outcome, AGG, act_id=told["act_id"], code="done", answer=answer, at=now()
    )
    assert "Demande de place : c’est fait" in main_of(browser.get("/").text)


def test_a_silent_dossier_loses_nothing_that_was_typed(
    family: Portal, browser: FlaskClient
) -> None:
    family.callees.answers("dossier", guardians.open_link, None)

    answer = applies(browser)

    assert answer.status_code == 503
    assert "Ce n’est pas enregistré" in answer.text
    assert re.search(rf'value="{MANON.id}" checked', answer.text)
    assert f'value="{in_time()}"' in answer.text
    assert asked(family, family_acts.apply) == []


def test_an_application_that_exists_already_is_shown(family: Portal, browser: FlaskClient) -> None:
    known = make.application(states.WAITING, rank=2)
    family.receives_family_card(AGG, HOUSEHOLD, part(MANON, applications=[known]))
    refusal = family_acts.AlreadyApplied(application_id=known["application_id"])
    family.callees.answers(AGG, family_acts.apply, refusal)

    page = after(browser, applies(browser))

    assert "Cette demande existait déjà" in page
    assert "Rang 2" in page


def test_a_closed_offer_says_when_it_opens(family: Portal, browser: FlaskClient) -> None:
    opens = (now() + timedelta(days=20)).isoformat()
    family.callees.answers(AGG, family_acts.apply, family_acts.OfferClosed(opens_at=opens))

    answer = applies(browser)

    assert answer.status_code == 422
    assert "Les demandes ouvrent" in answer.text


def test_before_its_hour_the_form_is_there_says_how_long_it_waits_and_sends_nothing_of_the_child(
    family: Portal, browser: FlaskClient
) -> None:
    opens = now() + timedelta(minutes=10)
    content = make.offer(group_id=GROUP, opens_at=opens)
    publishes(family, content, activity_id=ACTIVITY, version=2)

    page = browser.get(f"{PAGE}?enfant={MANON.id}").text
    early = applies(browser)

    left = re.search(r'data-opens-in="(\d+)"', page)
    assert left and 0 < int(left[1]) <= 600
    assert "Les demandes ouvrent" in page and "Ce que ce service recevra" in page
    assert early.status_code == 422
    assert "Rien n’est encore envoyé." in main_of(early.text)
    assert f'value="{GROUP}" checked' in early.text
    assert asked(family, guardians.open_link) == asked(family, family_acts.apply) == []


def test_the_hour_that_strikes_while_a_page_is_made_neither_closes_requests_nor_hides_a_refusal(
    family: Portal, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    opens = now() + timedelta(minutes=10)
    publishes(family, make.offer(group_id=GROUP, opens_at=opens), activity_id=ACTIVITY, version=2)

    def looks_at_the_clock(asks: Callable[[], Any]) -> Any:
        """Let requests open right after a page first looked at the clock."""
        times = itertools.chain([opens - timedelta(milliseconds=1)], itertools.repeat(opens))
        monkeypatch.setattr(application_form, "now", lambda: next(times))
        return asks()

    page = looks_at_the_clock(lambda: browser.get(f"{PAGE}?enfant={MANON.id}")).text
    early = looks_at_the_clock(lambda: applies(browser))

    assert "Les demandes sont closes" not in page and 'data-opens-in="1"' in page
    assert early.status_code == 422
    assert "Rien n’est encore envoyé." in main_of(early.text)
    assert asked(family, family_acts.apply) == []


def test_a_form_sent_once_requests_are_closed_opens_no_file_to_the_service(
    family: Portal, browser: FlaskClient
) -> None:
    content = make.offer(group_id=GROUP, closes_at=now() - timedelta(seconds=1))
    publishes(family, content, activity_id=ACTIVITY, version=2)

    late = applies(browser)

    assert late.status_code == 422
    assert "Les demandes sont closes." in main_of(late.text)
    assert asked(family, guardians.open_link) == asked(family, family_acts.apply) == []


def test_after_one_child_the_same_is_asked_for_another_who_could_come_and_has_not_asked(
    family: Portal, browser: FlaskClient
) -> None:
    paul, zoe = Child("Paul", providers=()), Child("Zoé", providers=())
    family.receives_guardian_card(CLAIRE, [HOUSEHOLD], MANON, TEEN, paul, zoe, version=2)
    wish, hers = (
        make.application(states.WAITING, activity_id=ACTIVITY, rank=rank) for rank in (2, 3)
    )
    parts = part(MANON, applications=[wish]), part(zoe, applications=[hers])
    family.receives_family_card(AGG, HOUSEHOLD, *parts)

    page = browser.get(f"/demandes/agg/{wish['application_id']}").text

    assert "Demander aussi pour Paul" in main_of(page)
    assert f'href="{PAGE}?enfant={paul.id}"' in page
    assert "pour Louis" not in page  # too old
    assert "pour Zoé" not in page  # waits already


def test_mistakes_stand_beside_their_fields(family: Portal, browser: FlaskClient) -> None:
    nobody = applies(browser, child="")
    too_old = applies(browser, child=TEEN.id)
    some_day = applies(browser, from_day="2020-01-01")

    assert [each.status_code for each in (nobody, too_old, some_day)] == [422] * 3
    assert "Choisissez l’enfant" in nobody.text
    assert "L’âge de Louis ne convient pas" in too_old.text
    assert "Écrivez un jour à venir" in some_day.text
    assert asked(family, guardians.open_link) == [] and asked(family, family_acts.apply) == []


def test_a_place_is_accepted_or_declined_and_an_expired_one_says_so(
    family: Portal, browser: FlaskClient
) -> None:
    offered = make.application(states.OFFERED, answer_until=now() + timedelta(hours=2))
    family.receives_family_card(AGG, HOUSEHOLD, part(MANON, applications=[offered]))
    family.callees.answers(
        AGG, family_acts.answer_offer, lambda _request: {"state": states.ACCEPTED}
    )
    page = f"/demandes/agg/{offered['application_id']}"

    accepted = after(browser, make.posts(browser, f"{page}/reponse", accept="yes"))
    family.callees.answers(AGG, family_acts.answer_offer, family_acts.TooLate())
    late = after(browser, make.posts(browser, f"{page}/reponse", accept="no"))

    assert [each.accept for each in asked(family, family_acts.answer_offer)] == [True, False]
    assert "Judo : vous avez accepté la place pour Manon." in accepted
    assert "Manon a une place" in accepted  # as answered: the card still says that it is offered
    assert "Le délai est passé" in late


def test_another_familys_application_does_not_exist(family: Portal, browser: FlaskClient) -> None:
    theirs = make.application(states.OFFERED, answer_until=now() + timedelta(hours=2))
    family.receives_family_card(AGG, new_id(), part(MANON, applications=[theirs]))
    page = f"/demandes/agg/{theirs['application_id']}"

    assert browser.get(page).status_code == 404
    assert make.posts(browser, f"{page}/reponse", accept="yes").status_code == 404
    assert family.callees.asked == []


def _has_wednesdays(family: Portal, provider: str, **more: Any) -> None:
    """Let Manon have a place on Wednesdays, when judo meets."""
    held = {"group": "Tanneurs", "weekdays": [3], "starts": "08:30", "ends": "17:30", **more}
    family.receives_family_card(
        provider, HOUSEHOLD, part(MANON, places=[make.place("Mercredis", **held)])
    )


def test_a_clash_in_the_week_is_said_before_it_happens_and_sent_only_on_a_second_word(
    family: Portal, browser: FlaskClient
) -> None:
    _has_wednesdays(family, "enrolment_ens")
    family.callees.answers(AGG, family_acts.apply, answering(states.ACCEPTED))
    sentence = "Manon a déjà une place le mercredi, 8 h 30 – 17 h 30 : Mercredis, Tanneurs."

    before = main_of(browser.get(f"{PAGE}?enfant={MANON.id}").text)
    warned = applies(browser)
    sent = applies(browser, anyway="yes")

    assert sentence in before
    assert warned.status_code == 409
    assert sentence in main_of(warned.text) and "rien n’est encore envoyé" in warned.text
    assert sent.status_code == 303
    assert len(asked(family, family_acts.apply)) == 1


def test_two_places_of_one_service_at_the_same_hours_are_not_asked_for(
    family: Portal, browser: FlaskClient
) -> None:
    _has_wednesdays(family, AGG, booking="whole", starts="14:30", ends="16:00")

    answer = applies(browser, anyway="yes")

    assert answer.status_code == 422
    assert "Manon a déjà une place le mercredi" in main_of(answer.text)
    assert asked(family, family_acts.apply) == []


def test_a_place_at_other_hours_or_in_the_holidays_is_no_clash(
    family: Portal, browser: FlaskClient
) -> None:
    family.callees.answers(AGG, family_acts.apply, answering(states.ACCEPTED))
    for more in ({"ends": "14:00"}, {"runs_in": "holidays"}, {"weekdays": [2]}):
        _has_wednesdays(family, "enrolment_ens", **more)
        assert "a déjà une place" not in main_of(browser.get(f"{PAGE}?enfant={MANON.id}").text)

    assert applies(browser).status_code == 303


def test_a_place_at_the_school_to_come_is_asked_for_from_that_day_and_not_before(
    family: Portal, browser: FlaskClient
) -> None:
    day = today() + timedelta(days=50)
    goes_to(family, MANON, "École Jules-Ferry", then=(day, "École des Tilleuls"))
    schools = ("École Jules-Ferry", "École des Tilleuls", "École du Bourg")
    offered = with_conditions(*({"school": [school]} for school in schools))
    publishes(family, offered, activity_id=ACTIVITY, version=2)
    present, coming, third = (each["group_id"] for each in offered["groups"])
    family.callees.answers(AGG, family_acts.apply, answering(states.ACCEPTED))

    early = applies(browser, group=coming, from_day=str(day - timedelta(days=1)))
    former = applies(browser, group=present, from_day=str(day))
    other = applies(browser, group=third, from_day=str(day))
    sent = applies(browser, group=coming, from_day=str(day))

    assert [each.status_code for each in (early, former, other, sent)] == [422, 422, 422, 303]
    assert "Ce groupe est pour l’école où Manon ira à partir du" in main_of(early.text)
    assert "Ce groupe est pour : École Jules-Ferry." in main_of(former.text)
    assert "Ce groupe est pour : École du Bourg." in main_of(other.text)
    (request,) = asked(family, family_acts.apply)
    assert (request.group_id, request.from_day) == (coming, day)
