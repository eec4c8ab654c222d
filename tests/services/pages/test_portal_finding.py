"""« Activités »: what one child can join, for how much; what it has; and why not the rest."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import lxml.html
import pytest
from flask.testing import FlaskClient

from shared.contracts.billing.prices import simulations
from shared.contracts.enrolment.places import states
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories.portal import AGG, CLAIRE, ENS, Child, Portal, main_of, part
from tests.factories.portal_bills import BILLING, price
from tests.factories.portal_offers import goes_to, group, publishes, with_conditions

HOUSEHOLD = new_id()
MANON = Child(providers=("ens",))
TEEN = Child("Louis", date(2012, 4, 1), providers=())
FERRY, TILLEULS = "École Jules-Ferry", "École des Tilleuls"


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal, which knows Claire's family; the dossier and billing are silent."""
    with make.portal_on(database, tmp_path) as portal:
        portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], MANON, TEEN)
        yield portal


def page_of(browser: FlaskClient, child: Child = MANON, **query: Any) -> str:
    answer = browser.get("/activites", query_string={"enfant": child.id, **query})
    assert answer.status_code == 200
    return main_of(answer.text)


def parted(page: str) -> tuple[str, str, str]:
    """Return what a page says is open, held, and not open."""
    rest, _, closed = page.partition("Ce qui n’est pas ouvert à")
    opened, _, held = rest.partition("y est déjà, ou l’a demandé")
    return opened, held, closed


def test_the_page_is_of_one_child_and_leads_to_each_other(
    portal: Portal, browser: FlaskClient
) -> None:
    publishes(portal, make.offer())

    first = main_of(browser.get("/activites").text)
    other = browser.get("/activites", query_string={"enfant": TEEN.id, "q": "judo"})

    assert "1 activité ouverte à Manon" in first and "Judo" in parted(first)[0]
    assert "Judo" not in parted(main_of(other.text))[0]
    assert "enfants nés de 2018 à 2020 ; Louis a" in main_of(other.text)
    assert f"/activites?enfant={MANON.id}&amp;q=judo" in other.text


def test_an_offer_says_days_hours_ages_place_room_and_what_it_costs_this_household(
    portal: Portal, browser: FlaskClient
) -> None:
    publishes(portal, make.offer(groups=[group(availability="few")]))
    costs = [price(total_cents=7000, unit="year"), price(total_cents=1000, unit="year")]
    portal.callees.answers(BILLING, simulations.simulate, lambda _request: {"prices": costs})

    page = page_of(browser)

    assert "Judo Mercredi, 14 h – 15 h Enfants nés de 2018 à 2020, Dojo de l’agglomération" in page
    assert "80,00 € par année scolaire dernières places Demander" in page
    assert portal.callees.rounds == 1


def test_groups_of_other_schools_are_not_shown_and_activities_of_other_schools_are_one_line(
    portal: Portal, browser: FlaskClient
) -> None:
    goes_to(portal, MANON, FERRY)
    publishes(portal, with_conditions({"school": [FERRY]}, {"school": [TILLEULS]}))
    for label in ("Cantine des Tilleuls", "Garderie des Tilleuls"):
        publishes(portal, with_conditions({"school": [TILLEULS]}, label=label))
    publishes(portal, with_conditions({"grade": ["CM1", "CM2"]}, label="Étude"))

    opened, _held, closed = parted(page_of(browser))

    assert "Manon : 7 ans, CE1, École Jules-Ferry." in opened
    assert "1 activité ouverte à Manon" in opened and "Tilleuls" not in opened
    assert "Cantine des Tilleuls et Garderie des Tilleuls pour d’autres écoles que celle" in closed
    assert "Étude pour : CM1 ou CM2" in closed
    assert portal.callees.rounds == 1


def test_while_the_dossier_does_not_answer_the_school_of_the_card_is_known(
    portal: Portal, browser: FlaskClient
) -> None:
    publishes(portal, with_conditions({"school": [TILLEULS]}, label="Cantine des Tilleuls"))
    publishes(portal, with_conditions({"grade": ["CM2"]}, label="Étude"))

    opened, _held, closed = parted(page_of(browser))

    assert "Étude" in opened  # of the level nothing is known, and refuses nothing
    assert "Cantine des Tilleuls" in closed


def test_what_a_child_has_or_has_asked_for_leads_to_it_and_is_not_offered_again(
    portal: Portal, browser: FlaskClient
) -> None:
    held, asked = publishes(portal, make.offer()), publishes(portal, make.offer(label="Escrime"))
    publishes(portal, make.offer(label="Danse"))
    place = make.place("Judo", activity_id=held, weekdays=[3], site="Dojo")
    wish = make.application(states.WAITING, "Escrime", activity_id=asked)
    over = make.place("Poney", valid_to=today() - timedelta(days=3))
    portal.receives_family_card(
        AGG, HOUSEHOLD, part(MANON, places=[place, over], applications=[wish])
    )

    text = browser.get("/activites").text
    opened, having, _closed = parted(main_of(text))

    assert "1 activité ouverte à Manon" in opened and "Danse" in opened
    assert "Judo mercredi, Dojo" in having and "Escrime sur liste d’attente" in having
    assert "Poney" not in having
    assert f"/demandes/agg/{wish['application_id']}" in text


def test_after_a_change_of_school_the_canteen_of_the_new_one_can_be_asked_for(
    portal: Portal, browser: FlaskClient
) -> None:
    goes_to(portal, MANON, TILLEULS)
    groups = [group(label=each, conditions={"school": [each]}) for each in (FERRY, TILLEULS)]
    canteen = publishes(portal, make.offer(label="Cantine", groups=groups, booking="by_day"))
    place = make.place("Cantine", activity_id=canteen, group=FERRY, weekdays=[3])
    portal.receives_family_card(AGG, HOUSEHOLD, part(MANON, places=[place]))

    opened, having, _closed = parted(page_of(browser))
    form = browser.get(f"/activites/agg/{canteen}?enfant={MANON.id}").text

    assert 'value="3" checked' in form  # the days that it had
    assert "1 activité ouverte à Manon" in opened
    assert "Manon a encore sa place d’avant : École Jules-Ferry." in opened
    assert "a déjà une place" not in opened  # the one that ends is no clash
    assert "Cantine" in having


def test_what_opens_later_says_when_and_leads_to_the_form_and_what_is_over_is_folded(
    portal: Portal, browser: FlaskClient
) -> None:
    opens = now() + timedelta(days=14)
    coming = publishes(portal, make.offer(label="Vacances d’hiver", opens_at=opens))
    publishes(portal, make.offer(label="Stage", closes_at=now() - timedelta(days=1)))
    grown = group(born_from=date(2000, 1, 1), born_to=date(2001, 1, 1))
    publishes(portal, make.offer(label="Théâtre", opens_at=opens, groups=[grown]))

    text = browser.get("/activites", query_string={"enfant": MANON.id}).text
    opened, _held, closed = parted(main_of(text))

    assert "Rien d’ouvert à Manon" in opened
    assert "Bientôt : préparez la demande de Manon" in opened
    assert "Vacances d’hiver les demandes ouvrent" in opened
    assert f'href="/activites/agg/{coming}?enfant={MANON.id}"' in text
    assert "Stage les demandes sont closes" in closed
    assert "Théâtre" in closed and "Théâtre" not in opened  # no time lets Manon in


def test_a_clash_is_said_before_it_is_asked_with_what_would_follow(
    portal: Portal, browser: FlaskClient
) -> None:
    publishes(portal, make.offer())
    publishes(portal, make.offer(label="Danse", groups=[group(weekdays=[2])]))
    publishes(portal, make.offer(label="Escrime", groups=[group(weekdays=[3, 5])]))
    centre = make.place("Mercredis", weekdays=[3, 5], starts="08:30", ends="17:30")
    portal.receives_family_card(ENS, HOUSEHOLD, part(MANON, places=[centre]))

    page = page_of(browser)

    assert "Manon a déjà une place le mercredi, 8 h 30 – 17 h 30 : Mercredis, Groupe 1." in page
    assert "Manon a déjà une place les mercredi et vendredi, 8 h 30 – 17 h 30" in page
    assert "Si la place est donnée, ces jours seront à annuler." in page
    assert page.index("Danse") < page.index("Judo")  # what is free at its hours stands first
    assert "Judo" not in page_of(browser, compatible="1")


def test_filters_are_an_address_and_say_that_something_is_left_out(
    portal: Portal, browser: FlaskClient
) -> None:
    publishes(portal, make.offer())
    publishes(
        portal,
        make.offer(
            label="Séjour", groups=[group(runs_in="holidays", weekdays=[1], availability="full")]
        ),
    )

    def opened(**query: Any) -> str:
        return parted(page_of(browser, **query))[0]

    assert "Judo" in opened(jour="3") and "Séjour" not in opened(jour="3")
    assert "Séjour" in opened(jour="v") and "Judo" not in opened(jour="v")
    assert "Séjour" not in opened(jour="1")  # in the holidays alone
    assert "Séjour" not in opened(libres="1")
    assert "Judo" in opened(genre="sport") and "Rien ne correspond" in opened(genre="music")
    assert opened(tri="jours").index("Séjour") < opened(tri="jours").index("Judo")
    assert "Voir tout ce qui est ouvert à Manon" in opened(jour="3")
    assert "2 activités ouvertes à Manon" in opened(jour="8", genre="x", tri="y", libres="2")


def test_by_day_what_names_no_day_of_the_week_stands_last(
    portal: Portal, browser: FlaskClient
) -> None:
    publishes(portal, make.offer(label="Séjour", groups=[group(runs_in="holidays", weekdays=[])]))
    publishes(portal, make.offer())

    opened = parted(page_of(browser, tri="jours"))[0]

    assert opened.index("Judo") < opened.index("Séjour")


@pytest.mark.parametrize(
    "typed", ["dojo agglo", "éducateur", "JUDO", "jduo", "judos", "sport", "foot", "6-8 ans"]
)
def test_a_search_forgives_and_knows_what_parents_say(
    portal: Portal, browser: FlaskClient, typed: str
) -> None:
    publishes(portal, make.offer())
    lunch = {
        "label": "Repas du midi",
        "description": "",
        "site": FERRY,
        "groups": [group(label="Midi")],
    }
    publishes(portal, make.offer(code="canteen", **lunch), source=ENS)

    opened = parted(page_of(browser, q=typed))[0]

    assert "Judo" in opened and "Repas du midi" not in opened


@pytest.mark.parametrize(
    ("typed", "leads_to"),
    [
        ("attestation", "/factures/attestations"),
        ("payer ma facture", "/factures"),
        ("quotient", "/quotient"),
        ("mon enfant est malade", "/absence"),
    ],
)
def test_a_search_also_answers_with_pages(
    portal: Portal, browser: FlaskClient, typed: str, leads_to: str
) -> None:
    publishes(portal, make.offer())

    text = browser.get("/activites", query_string={"q": typed}).text

    assert f'<a class="go" href="{leads_to}">' in text
    assert "Pages du site" in main_of(text)


def test_who_has_no_child_yet_and_a_town_that_offers_nothing_are_said_apart(
    portal: Portal, browser: FlaskClient
) -> None:
    nothing = page_of(browser)
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], version=2)
    nobody = main_of(browser.get("/activites").text)

    assert "Aucune activité n’est publiée pour l’instant" in nothing
    assert "Aucun enfant n’est lié à votre compte" in nobody


def test_a_child_that_will_change_school_is_offered_the_new_canteen_from_that_day(
    portal: Portal, browser: FlaskClient
) -> None:
    day = today() + timedelta(days=30)
    goes_to(portal, MANON, FERRY, then=(day, TILLEULS))
    offered = with_conditions({"school": [FERRY]}, {"school": [TILLEULS]}, label="Restauration")
    held = publishes(portal, offered, source=ENS)
    care = publishes(portal, with_conditions({"school": [TILLEULS]}, label="Accueil du soir"))
    place = make.place("Restauration", activity_id=held, group="Groupe 1")
    portal.receives_family_card(ENS, HOUSEHOLD, part(MANON, places=[place]))

    opened, having, _closed = parted(page_of(browser))

    said = f"quand Manon ira à l’école : {TILLEULS}."
    assert opened.count(said) == 2 and "2 activités ouvertes à Manon" in opened
    assert "Manon a encore sa place d’avant : Groupe 1." in opened and "Restauration" in having
    form = browser.get(f"/activites/ens/{held}?enfant={MANON.id}").text
    assert f'value="{day.isoformat()}"' in form and said in main_of(form)
    chosen, former = offered["groups"][1]["group_id"], offered["groups"][0]["group_id"]
    assert re.search(f'value="{chosen}" checked', form)
    assert not re.search(f'value="{former}" checked', form)
    later = browser.get(f"/activites/agg/{care}?enfant={MANON.id}").text
    assert f'value="{day.isoformat()}"' in later


@pytest.mark.parametrize(
    ("had", "ticked"), [([3], ["3"]), ([], ["yes"])], ids=["its days", "no fixed day"]
)
def test_the_place_at_the_new_school_is_asked_for_with_the_days_of_the_one_before(
    portal: Portal, browser: FlaskClient, had: list[int], ticked: list[str]
) -> None:
    goes_to(portal, MANON, FERRY, then=(today() + timedelta(days=30), TILLEULS))
    offered = with_conditions(
        {"school": [FERRY]}, {"school": [TILLEULS]}, label="Restauration", booking="by_day"
    )
    held = publishes(portal, offered, source=ENS)
    place = make.place("Restauration", activity_id=held, group="Groupe 1", weekdays=had)
    portal.receives_family_card(ENS, HOUSEHOLD, part(MANON, places=[place]))

    form = browser.get(f"/activites/ens/{held}?enfant={MANON.id}").text

    boxes = lxml.html.fromstring(form).xpath("//main//input[@type='checkbox'][@checked]")
    assert [box.get("value") for box in boxes] == ticked


def test_once_the_place_at_the_new_school_is_given_neither_is_offered_again(
    portal: Portal, browser: FlaskClient
) -> None:
    day = today() + timedelta(days=30)
    goes_to(portal, MANON, FERRY, then=(day, TILLEULS))
    offered = with_conditions({"school": [FERRY]}, {"school": [TILLEULS]}, label="Restauration")
    held = publishes(portal, offered, source=ENS)
    before, after = (
        make.place("Restauration", activity_id=held, group=label, **days)
        for label, days in (
            ("Groupe 1", {"valid_to": day - timedelta(days=1)}),
            ("Groupe 2", {"valid_from": day}),
        )
    )
    portal.receives_family_card(ENS, HOUSEHOLD, part(MANON, places=[before, after]))

    opened, having, _closed = parted(page_of(browser))

    assert "Restauration" in having and "Restauration" not in opened


def test_what_a_child_has_asked_for_at_the_new_school_is_not_offered_again(
    portal: Portal, browser: FlaskClient
) -> None:
    day = today() + timedelta(days=30)
    goes_to(portal, MANON, FERRY, then=(day, TILLEULS))
    offered = with_conditions({"school": [FERRY]}, {"school": [TILLEULS]}, label="Restauration")
    held = publishes(portal, offered, source=ENS)
    place = make.place("Restauration", activity_id=held, group="Groupe 1")
    wish = make.application(states.WAITING, "Restauration", activity_id=held)
    card = part(MANON, places=[place], applications=[wish])
    portal.receives_family_card(ENS, HOUSEHOLD, card)

    opened, having, _closed = parted(page_of(browser))

    assert "Restauration sur liste d’attente" in having and "Restauration" not in opened
