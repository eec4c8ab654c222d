"""A parent telephones the town's front desk: one view of the household, one service stopped."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.journeys.bus import held_still, until_whole
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.looks import is_sound_at_every_width
from tests.journeys.offers import give_place, offer_every_day
from tests.journeys.people import Agent, child_id, until_shown
from tests.journeys.reader import Reader
from tests.journeys.taps import Hand
from tests.journeys.town import DemoTown

MOTHER, CHILD, FAMILY = "rachida.belkacem@example.net", "Ilyès", "Belkacem"
MEAL = "Repas du guichet"
SPORT = "Cirque du guichet"
ON_WHOSE_WORD = "par le service, à la demande de la famille, par téléphone"


def test_a_lunch_is_cancelled_from_the_town_s_counter_while_another_service_is_stopped(
    town: DemoTown, new_page: NewPage
) -> None:
    _has_places(town)
    mother = Reader(town, MOTHER)
    mother.until_told(MEAL)
    solene = Agent(town, new_page(DESK), "front_desk", "solene.vidal")
    solene.sign_in()
    hand = Hand(solene.page)

    _sees_every_service(hand, solene.desk)
    with held_still(town, "enrolment_agg"):
        _cancels_by_telephone(hand, solene.desk)
    mother.until_told(ON_WHOSE_WORD)
    who_has_read = f"/enfants/{child_id(town, MOTHER, CHILD)}/qui-a-lu"
    mother.until_told("La semaine et les réservations", who_has_read)
    assert "Solène" not in mother.reads(who_has_read)

    until_whole(town)
    until_shown(solene.page, SPORT, solene.page.url.partition("#")[0])
    _excuses_at_two_services(hand, solene.desk)


def _has_places(town: DemoTown) -> None:
    for provider, code, label, regime, hours in (
        ("ens", "journey-counter-meal", MEAL, "canteen", ("23:55", "23:57")),
        ("agg", "journey-counter-sport", SPORT, "judo", ("23:57", "23:59")),
    ):
        offer_every_day(town, provider, code, label, regime, hours)
        give_place(town, provider, code, child_id(town, MOTHER, CHILD))


def _sees_every_service(hand: Hand, desk: str) -> None:
    page = hand.page
    page.goto(desk)
    _opens_household(hand)
    main = page.locator("main")
    for words in (MEAL, SPORT, "À appeler", "Service Enseignement", "Sports de l’agglomération"):
        expect(main).to_contain_text(words)
    expect(main).to_contain_text(re.compile("Reste à payer|Rien à payer"))
    is_sound_at_every_width(page)


def _cancels_by_telephone(hand: Hand, desk: str) -> None:
    page = hand.page
    hand.begins_at(desk)
    _opens_household(hand)
    expect(page.locator("main")).to_contain_text(
        "Sports de l’agglomération ne répond pas en ce moment."
    )
    hand.taps_on(_sessions_of(page, MEAL).first)
    hand.taps_on(page.get_by_role("button", name="Annuler", exact=True))
    expect(page.locator("main")).to_contain_text("Annulé : 1 séance (Service Enseignement).")
    hand.tells("cancel a lunch, a parent on the telephone at the town’s counter", most=4)
    is_sound_at_every_width(page)


def _excuses_at_two_services(hand: Hand, desk: str) -> None:
    page = hand.page
    hand.begins_at(desk)
    _opens_household(hand)
    for activity in (MEAL, SPORT):
        hand.taps_on(_sessions_of(page, activity).last)
    hand.taps_on(page.get_by_role("button", name="Excuser", exact=True))
    for service in ("Service Enseignement", "Sports de l’agglomération"):
        expect(page.locator("main")).to_contain_text(f"Excusé : 1 séance ({service}).")
    hand.tells("excuse an ill child at two services, at the town’s counter", most=5)


def _opens_household(hand: Hand) -> None:
    page = hand.page
    page.get_by_label("Nom et prénom").fill(f"{FAMILY} {CHILD}")
    hand.taps_on(page.get_by_role("button", name="Chercher"))
    hand.taps_on(page.get_by_role("link", name=f"{CHILD} {FAMILY}").first)
    expect(page.locator("#days")).to_be_visible()


def _sessions_of(page: Page, activity: str) -> Locator:
    """Return the boxes of an activity's sessions, today's first."""
    return page.locator(".household-days label:has(input)").filter(has_text=activity)
