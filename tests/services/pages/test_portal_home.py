"""The first page: what is to do, today and tomorrow, from one local read and without a question."""

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.portal_gateway.session import provider_health
from shared.contracts.billing import bills
from shared.contracts.dossier import guardians
from shared.contracts.enrolment.places import states
from shared.contracts.errors import NoAnswer
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from shared.web.language.typography import NBSP, deadline_words, hour, up_to, with_capital
from shared.web.language.typography import day as said
from tests.factories import portal as make
from tests.factories import portal_bills as billed
from tests.factories.portal import (
    AGG,
    CLAIRE,
    ENS,
    NAME_OF_SIXTY,
    Child,
    Portal,
    day,
    main_of,
    part,
)

HOUSEHOLD = new_id()


def _between(starts: datetime, ends: datetime, activity: str) -> dict[str, Any]:
    """Return a session of today that begins and ends at these moments, whatever the hour is."""
    return day(on=today(), activity=activity) | {"starts_at": starts, "ends_at": ends}


def _hour(moment: datetime) -> str:
    return hour(moment).replace(NBSP, " ")


def home(browser: FlaskClient) -> str:
    answer = browser.get("/")
    assert answer.status_code == 200
    return main_of(answer.text)


def test_a_departure_that_one_parent_has_said_is_told_to_the_other_on_the_first_page(
    portal: Portal, browser: FlaskClient
) -> None:
    leaves = today() + timedelta(days=17)
    manon, louis = Child(leaves_after=leaves), Child("Louis")
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], manon, louis)

    page = home(browser)

    last_day = said(leaves, "fr", today()).replace(NBSP, " ")
    assert f"Départ de la ville après le {last_day} Manon" in page


def test_a_call_is_asked_for_once_and_not_for_days_that_are_over(
    portal: Portal, browser: FlaskClient
) -> None:
    manon = Child()
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], manon)

    def is_unseen_on(ahead: int) -> None:
        detail = {"phone": "0200000000", "days": [(today() + timedelta(days=ahead)).isoformat()]}
        notice = {"kind": "health_unseen", "child_ids": [manon.id], "detail": detail}
        portal.receives_notice(ENS, HOUSEHOLD, f"health_unseen-{ahead}", **notice)

    is_unseen_on(-1)
    assert "Appeler" not in home(browser)
    is_unseen_on(0)
    is_unseen_on(2)
    assert home(browser).count("Appeler Service Enseignement") == 1


def test_the_first_page_asks_nobody(portal: Portal, browser: FlaskClient) -> None:
    manon = Child()
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], manon)
    portal.receives_family_card(ENS, HOUSEHOLD, part(manon, days=[day()]))

    page = home(browser)

    assert "Restauration scolaire" in page
    assert portal.callees.asked == []


def test_before_the_first_card_the_dossier_is_asked_once(
    portal: Portal, browser: FlaskClient
) -> None:
    manon = Child()
    answer = {"guardian": {"id": CLAIRE, "name": "Claire"}, "households": [HOUSEHOLD]}
    portal.callees.answers(
        "dossier", guardians.my_children, lambda _request: {**answer, "children": [manon.row]}
    )
    portal.receives_family_card(ENS, HOUSEHOLD, part(manon, days=[day()]))

    page = home(browser)

    assert "Restauration scolaire" in page
    assert [name for _, name, _, _ in portal.callees.asked] == ["my_children"]
    assert portal.callees.rounds == 1


def test_where_one_thing_is_all_of_a_day_its_place_is_said(
    portal: Portal, browser: FlaskClient
) -> None:
    manon, held = Child(), make.place("Mercredis", site="Centre des Tanneurs")
    centre = day(activity="Mercredis") | {"activity_id": held["activity_id"]}
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], manon)
    portal.receives_family_card(ENS, HOUSEHOLD, part(manon, places=[held], days=[centre]))

    assert "Mercredis à 11 h 30 jusqu’à 13 h 20 · Centre des Tanneurs" in home(browser)


def test_a_child_has_one_line_for_now_and_what_comes_after(
    portal: Portal, browser: FlaskClient
) -> None:
    manon, moment = Child(), now()
    running = _between(moment - timedelta(hours=1), moment + timedelta(hours=1), "Accueil du soir")
    later = _between(moment + timedelta(hours=1), moment + timedelta(hours=2), "Judo")
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], manon)
    portal.receives_family_card(ENS, HOUSEHOLD, part(manon, days=[running, later]))

    page = home(browser)

    assert f"Manon Accueil du soir jusqu’à {_hour(running['ends_at'])} " in page
    assert f"puis Judo jusqu’à {_hour(later['ends_at'])} " in page


def test_what_is_over_and_what_the_service_closed_are_said_in_the_childs_line(
    portal: Portal, browser: FlaskClient
) -> None:
    manon, moment = Child(), now()
    over = _between(moment - timedelta(minutes=2), moment - timedelta(minutes=1), "Cantine")
    closed = day(states.CLOSED, on=today(), activity="Étude") | {"reason": "strike"}
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], manon)
    portal.receives_family_card(ENS, HOUSEHOLD, part(manon, days=[over, closed]))

    page = home(browser)

    assert "Manon Cantine, fini Étude : annulé par le service, grève" in page


def test_tomorrow_is_the_next_day_on_which_something_happens(
    portal: Portal, browser: FlaskClient
) -> None:
    manon, louis = Child(), Child("Louis")
    free = day(states.FREE, on=today() + timedelta(days=1))
    booked = day(on=today() + timedelta(days=4))
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], manon, louis)
    portal.receives_family_card(ENS, HOUSEHOLD, part(manon, days=[free, booked]))

    page = home(browser)

    assert "Demain" not in page
    named = with_capital(said(booked["day"], "fr", today())).replace(NBSP, " ")
    assert f"{named} M Manon Restauration scolaire à 11 h 30 jusqu’à 13 h 20 Louis : rien" in page


def test_the_page_says_when_a_child_was_seen(portal: Portal, browser: FlaskClient) -> None:
    manon, moment = Child(), now()
    seen = _between(moment - timedelta(hours=1), moment + timedelta(hours=1), "Étude")
    seen |= {"state": states.PRESENT, "seen_at": moment - timedelta(minutes=50)}
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], manon, Child("Louis"))
    portal.receives_family_card(ENS, HOUSEHOLD, part(manon, days=[seen]))

    page = home(browser)

    assert f"vu à {_hour(seen['seen_at'])}" in page
    assert "Louis : rien" in page


def test_where_a_child_was_seen_is_said_though_another_session_is_next(
    portal: Portal, browser: FlaskClient
) -> None:
    manon, moment = Child(), now()
    seen = _between(moment - timedelta(hours=3), moment - timedelta(hours=2), "Accueil du matin")
    seen |= {"state": states.PRESENT, "seen_at": moment - timedelta(hours=3)}
    running = _between(moment - timedelta(hours=1), moment + timedelta(hours=1), "Étude")
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], manon)
    portal.receives_family_card(ENS, HOUSEHOLD, part(manon, days=[seen, running]))

    page = home(browser)

    assert f"Accueil du matin : vu à {_hour(seen['seen_at'])}" in page
    assert "Étude jusqu’à" in page


def test_a_day_of_the_other_household_says_so_and_offers_nothing(
    portal: Portal, browser: FlaskClient
) -> None:
    manon = Child()
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], manon)
    portal.receives_family_card(ENS, HOUSEHOLD, part(manon, days=[day(states.OTHER)]))

    page = home(browser)

    assert "réservé par l’autre foyer" in page


@pytest.mark.parametrize("booked", [True, False], ids=["booked", "nothing booked"])
def test_whose_week_it_is_is_said_once_of_each_child(
    portal: Portal, browser: FlaskClient, booked: bool
) -> None:
    weeks = {"even": HOUSEHOLD, "odd": "", "changes_at": "evening"}
    weeks |= {"changes_on": (today() - timedelta(days=1)).isoweekday()}  # for all of this week
    weeks |= {"school_days": None, "holidays": None, "summer": "halves"}
    manon, louis = Child(), Child("Louis")
    portal.receives(
        guardians.guardian_card,
        "dossier",
        subject=CLAIRE,
        version=2,
        at=now(),
        households=[HOUSEHOLD],
        children=[{**child.row, "weeks": weeks} for child in (manon, louis)],
    )
    tomorrow = today() + timedelta(days=1)
    lunch = day(on=tomorrow, activity="Cantine")
    card = [part(manon, days=[lunch]), part(louis, days=[lunch] if booked else [])]
    portal.receives_family_card(ENS, HOUSEHOLD, *card)

    page = home(browser)

    assert "Demain" in page and "Cantine" in page
    assert len(re.findall("(?i)(?:chez vous|dans l’autre foyer), jusqu’au", page)) == 2
    assert len(re.findall("(?i)chez vous|dans l’autre foyer", page)) == (2 if booked else 3)


def test_a_place_to_accept_stands_first_with_its_deadline(
    portal: Portal, browser: FlaskClient
) -> None:
    louis = Child("Louis", missing=("pickup",))
    offered = make.application(states.OFFERED, answer_until=now() + timedelta(days=2))
    waiting = make.application(states.WAITING, "École de natation", rank=3)
    over = make.application(states.OFFERED, "Natation", answer_until=now() - timedelta(hours=1))
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], louis)
    portal.receives_family_card(AGG, HOUSEHOLD, part(louis, applications=[offered, waiting, over]))

    page = home(browser)

    place, file = "Répondre : une place pour Louis, Judo avant", "Compléter le dossier de Louis"
    assert page.index("2 à faire") < page.index(place) < page.index(file)
    assert page.index("En cours, sans rien à faire") < page.index("École de natation, Louis")
    assert "sur liste d’attente, rang 3" in page
    assert "Louis, Natation" not in page


def test_what_is_to_do_stands_by_deadline_and_two_bills_of_one_day_are_one_line(
    portal: Portal, browser: FlaskClient
) -> None:
    manon = Child(missing=("pickup",))
    offered = make.application(states.OFFERED, answer_until=now() + timedelta(days=9))
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], manon)
    portal.receives_family_card(AGG, HOUSEHOLD, part(manon, applications=[offered]))
    soon, later = today() + timedelta(days=3), today() + timedelta(days=20)
    billed.receives_bills(
        portal,
        HOUSEHOLD,
        billed.bill(1000, due_on=soon),
        billed.bill(2550, due_on=soon, number="2026-ENS-000125"),
        billed.bill(4000, due_on=later, number="2026-ENS-000126"),
    )

    page = home(browser)

    lines = ("Régler 35,50 € : 2 factures", "une place pour Manon", "Régler 40,00 €", "Compléter")
    assert "4 à faire" in page
    assert [page.index(line) for line in lines] == sorted(page.index(line) for line in lines)


def test_a_debit_that_comes_by_itself_is_not_to_be_done(
    portal: Portal, browser: FlaskClient
) -> None:
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], Child())
    day_ = today() + timedelta(days=10)
    billed.receives_bills(portal, HOUSEHOLD, billed.bill(3180, checking=True, debit_on=day_))

    page = home(browser)

    assert page.index("Rien à faire") < page.index("31,80 € seront prélevés le")


def test_each_change_leads_to_what_it_is_about(portal: Portal, browser: FlaskClient) -> None:
    manon, paid = Child(), billed.bill(state=bills.PAID)
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], manon)
    billed.receives_bills(portal, HOUSEHOLD, paid)
    billed.receives_notice(portal, HOUSEHOLD, "paid:1", "bill_paid", cents=7560)
    closed = {"days": ["2026-12-03"], "activities": ["Étude"]}
    portal.receives_notice(
        ENS, HOUSEHOLD, "closure-1", kind="closure", child_ids=[manon.id], detail=closed
    )
    portal.receives_notice(ENS, HOUSEHOLD, "food-1", kind="food", child_ids=[manon.id])
    portal.receives_notice(ENS, HOUSEHOLD, "old", kind="place_ended", child_ids=[manon.id])

    page = browser.get("/").text.partition('id="changes"')[2].partition("</section>")[0]

    links = re.findall(r'<a [^>]*href="([^"]+)"', page)
    assert links == [
        "/semaine",
        f"/enfants/{manon.id}/qui-sait-quoi",
        "/semaine?du=2026-12-03",
        "/nouvelles",
    ]
    assert "Votre paiement" not in page  # the fourth: three are shown, all stand with the notices


def test_who_leaves_with_a_class_reads_what_is_cancelled_what_to_prepare_and_that_it_is_off(
    portal: Portal, browser: FlaskClient
) -> None:
    manon = Child()
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], manon)
    of_it = {"days": [today().isoformat()], "activity": "Restauration scolaire", "staying": []}
    for key, picnic in (("with", True), ("without", False)):
        detail = of_it | {"leaving": [manon.id], "group": "", "picnic": picnic}
        outing = {"kind": "outing", "child_ids": [manon.id], "detail": detail}
        portal.receives_notice(ENS, HOUSEHOLD, key, **outing)
    stays = of_it | {"leaving": [], "staying": [manon.id], "group": "Le Moulin"}
    portal.receives_notice(
        ENS, HOUSEHOLD, "stays", kind="outing", child_ids=[manon.id], detail=stays
    )
    off = {"days": [today().isoformat()], "activities": ["Cantine"], "reason": "outing"}
    portal.receives_notice(
        ENS, HOUSEHOLD, "off", kind="closure_lifted", child_ids=[manon.id], detail=off
    )

    page = browser.get("/nouvelles").text

    assert page.count("annulé pour la sortie : ce n’est pas compté") == 2
    assert page.count("préparez un pique-nique") == 1
    assert "Le Moulin" in page
    assert page.count("la sortie n’a pas lieu") == 1


def test_who_made_other_plans_reads_until_when_to_say_no_and_nothing_once_it_is_too_late(
    portal: Portal, browser: FlaskClient
) -> None:
    manon, open_until = Child(), now() + timedelta(days=3)
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], manon)
    for key, until in (("open", open_until), ("past", now() - timedelta(minutes=1))):
        untils = [{"day": today().isoformat(), "until": until.isoformat()}]
        detail = {"days": [today().isoformat()], "activities": [key], "untils": untils}
        lifted = {"kind": "closure_lifted", "child_ids": [manon.id], "detail": detail}
        portal.receives_notice(ENS, HOUSEHOLD, key, **lifted)

    page = browser.get("/nouvelles").text

    said = f"Annulez sans payer {up_to(deadline_words(open_until, 'fr', now()), 'fr')}"
    assert page.count("ce qui était réservé l’est de nouveau") == 2
    assert page.count("organisés autrement") == page.count(said) == 1


def test_of_several_days_each_has_its_own_time_to_say_no_until_the_last_is_over(
    portal: Portal, browser: FlaskClient
) -> None:
    manon, hours = Child(), timedelta(hours=1)
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], manon)
    days = [today() + timedelta(days=ahead) for ahead in (1, 2, 3)]
    limits = [now() - hours, now() + 40 * hours, now() + 64 * hours]
    untils = [
        {"day": day.isoformat(), "until": limit.isoformat()}
        for day, limit in zip(days, limits, strict=True)
    ]
    detail = {"days": [each.isoformat() for each in days], "activities": ["x"], "untils": untils}
    portal.receives_notice(
        ENS, HOUSEHOLD, "lifted", kind="closure_lifted", child_ids=[manon.id], detail=detail
    )

    page = browser.get("/nouvelles").text

    open_days = [
        f"{said(day, 'fr', today())} {up_to(deadline_words(limit, 'fr', now()), 'fr')}"
        for day, limit in zip(days[1:], limits[1:], strict=True)
    ]
    told = " ".join(f"Annulez sans payer : {open_days[0]} ; {open_days[1]}".split())
    assert told in " ".join(page.split())


def test_what_was_told_and_is_not_read_yet_asks_to_call_without_saying_what(
    portal: Portal, browser: FlaskClient
) -> None:
    manon = Child()
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], manon)
    portal.receives_notice(
        ENS,
        HOUSEHOLD,
        "health_unseen-1",
        kind="health_unseen",
        child_ids=[manon.id],
        detail={"phone": "0200000000"},
    )

    page = home(browser)

    assert "Appeler Service Enseignement au 02 00 00 00 00" in page
    assert "ce que vous avez dit pour Manon n’y a pas encore été lu" in page
    assert "santé" not in page


def test_what_is_only_to_be_read_is_not_said_to_be_done(
    portal: Portal, browser: FlaskClient
) -> None:
    manon = Child()
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], manon)
    portal.receives_notice(ENS, HOUSEHOLD, "closure-1", kind="closure", child_ids=[manon.id])

    page = home(browser)

    assert "Rien à faire" in page
    assert "Ce qui a changé E Séance annulée par le service" in page


def test_nothing_to_do_is_good_news_and_a_first_day_says_whom_to_call(
    portal: Portal, browser: FlaskClient
) -> None:
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], Child())
    nothing = home(browser)
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], version=2)
    first_day = home(browser)

    assert "Rien à faire" in nothing
    assert "Aucun enfant n’est lié à votre compte" in first_day
    assert "Signaler une absence" not in first_day


def test_five_children_and_a_name_of_sixty_characters_all_have_their_line(
    portal: Portal, browser: FlaskClient
) -> None:
    names = ["Manon", "Louis", NAME_OF_SIXTY, "Zoé", "Tom"]
    children = [Child(name, date(2015 + at, 3, 2)) for at, name in enumerate(names)]
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], *children)

    page = home(browser)

    *most, last = names
    assert f"{', '.join(most)} et {last} : rien de réservé" in page


def test_the_first_page_shows_no_health(portal: Portal, browser: FlaskClient) -> None:
    manon = Child(missing=("health", "diet"))
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], manon)
    portal.receives_family_card(ENS, HOUSEHOLD, part(manon, days=[day(states.EXCUSED)]))

    page = home(browser)

    assert "Compléter le dossier de Manon" in page
    for word in ("malad", "llergi", "PAI", "santé"):
        assert word not in page


def test_a_silent_providers_part_says_its_time_and_the_rest_is_as_ever(
    portal: Portal, browser: FlaskClient
) -> None:
    manon = Child()
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], manon)
    portal.receives_family_card(ENS, HOUSEHOLD, part(manon, days=[day()]))
    portal.receives_family_card(AGG, HOUSEHOLD, part(manon, days=[day(activity="Judo")]))

    provider_health.note_which_providers_answered([("agg", NoAnswer())], now())
    page = home(browser)

    assert page.count("état de") == 1
    assert page.index("Judo") < page.index("état de")
    assert portal.callees.asked == []


def test_a_provider_that_speaks_again_is_no_longer_said_to_be_silent(
    portal: Portal, browser: FlaskClient
) -> None:
    manon = Child()
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], manon)
    portal.receives_family_card(AGG, HOUSEHOLD, part(manon, days=[day(activity="Judo")]))
    provider_health.note_which_providers_answered([("agg", NoAnswer())], now())

    portal.receives_family_card(AGG, HOUSEHOLD, part(manon, days=[day(activity="Judo")]), version=2)

    assert "état de" not in home(browser)
