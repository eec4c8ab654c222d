"""The day at a desk: closing and opening again, « vu », ten requests, each in few taps."""

import re
from datetime import timedelta

from playwright.sync_api import Page, expect

from shared.dates.clock import now, today
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.databases import found
from tests.journeys.looks import is_sound_at_every_width
from tests.journeys.offers import give_place, offer_every_day
from tests.journeys.people import Agent, Parent, child_id, until_shown
from tests.journeys.reader import Reader
from tests.journeys.taps import Hand
from tests.journeys.town import DemoTown

MOTHER, CHILD = "justine.guilbert@example.com", "Émile"
LABEL, SITE = "Atelier lecture", "Salle des fêtes"
TEN = ("Yvinec", "Bréhat", "Zimmer", "Castaing", "Maréchal", "Noël", "Jaubert", "Ferrand", "Perrot")
"""Family names of ten children whom no other journey knows."""


def test_one_site_is_closed_and_opened_again_and_the_family_reads_both(
    town: DemoTown, new_page: NewPage
) -> None:
    group = offer_every_day(town, "ens", "journey-day", LABEL, "evening_care")
    elsewhere = "Salle des associations"  # late in the day no other site meets any more
    offer_every_day(town, "ens", "journey-day-2", "Atelier jeu", "evening_care", site=elsewhere)
    give_place(town, "ens", "journey-day", child_id(town, MOTHER, CHILD))
    mother = Reader(town, MOTHER)
    mother.until_told(LABEL)
    karim = Agent(town, new_page(DESK), "ens", "karim.haddad")
    karim.sign_in()
    hand = Hand(karim.page)

    _closes(hand, karim.desk, group)
    mother.until_told("Séance annulée par le service", "/nouvelles")
    _opens_again(hand, karim.desk)
    mother.until_told("La séance aura bien lieu", "/nouvelles")
    mother.until_told(LABEL)


def _closes(hand: Hand, desk: str, group: str) -> None:
    """Close the site; the few other groups of other journeys that meet there stay open."""
    page = hand.page
    hand.begins_at(desk)
    is_sound_at_every_width(page)
    hand.taps_on(page.get_by_role("link", name="Fermer un groupe"))
    hand.taps_on(page.get_by_role("link", name=re.compile(SITE)))
    is_sound_at_every_width(page)
    for box in page.locator("input[name=groups]").all():
        if box.get_attribute("value") != group:
            box.uncheck()
    hand.taps_on(page.get_by_label("Locaux indisponibles"))
    hand.taps_on(page.get_by_role("button", name="Annuler et prévenir les familles"))
    expect(page.locator("main")).to_contain_text("C’est annulé")
    hand.tells("close one school for a day, families told", most=4)
    is_sound_at_every_width(page)


def _opens_again(hand: Hand, desk: str) -> None:
    page = hand.page
    hand.begins_at(desk)
    hand.taps_on(page.get_by_role("link", name="Fermer un groupe"))
    closed = page.get_by_role("listitem").filter(has_text=LABEL)
    hand.taps_on(closed.locator("summary"))
    hand.taps_on(closed.get_by_role("button", name="Rouvrir"))
    expect(page.locator("main")).to_contain_text("C’est rouvert")
    hand.tells("open again what was closed, bookings as they were", most=4)


def test_the_news_of_a_group_is_read_as_a_list_and_seen_at_once(
    town: DemoTown, new_page: NewPage
) -> None:
    offer_every_day(town, "ens", "journey-seen", "Atelier vu", "evening_care")
    give_place(town, "ens", "journey-seen", child_id(town, MOTHER, CHILD))
    mother = Parent(town, new_page(), MOTHER)
    mother.sign_in()
    mother.tell_diet(CHILD, "Végétarien")
    sophie = Agent(town, new_page(DESK), "ens", "sophie.bernard")
    sophie.sign_in()
    until_shown(sophie.page, "Atelier vu", f"{sophie.desk}/a-voir")
    hand = Hand(sophie.page)

    hand.begins_at(sophie.desk)
    page = sophie.page
    hand.taps_on(page.get_by_role("link", name="une information nouvelle"))
    is_sound_at_every_width(page)
    hand.taps_on(page.get_by_role("link", name=re.compile("Atelier vu")))
    expect(page.locator("main")).to_contain_text("Végétarien")
    is_sound_at_every_width(page)
    hand.taps_on(page.get_by_role("button", name=re.compile("J’ai lu")))
    expect(page.locator("main")).to_contain_text("Vu pour 1 enfant.")
    hand.tells("« vu » for a group, its list read", most=3)


def test_ten_requests_are_accepted_on_one_page(town: DemoTown, new_page: NewPage) -> None:
    karim = Agent(town, new_page(DESK), "ens", "karim.haddad")
    karim.sign_in()
    page, hand = karim.page, Hand(karim.page)
    group = _a_group_that_is_far_off(town)
    names = ", ".join(f"'{name}'" for name in TEN)
    cards = f"SELECT child_id FROM child_card WHERE last_name IN ({names}) ORDER BY child_id"
    children = [str(row[0]) for row in found(town, "enrolment_ens", cards)][:10]
    for child in children:
        _enters_a_request(page, f"{karim.desk}/demandes/nouvelle/{child}", group)

    hand.begins_at(karim.desk)
    hand.taps_on(page.get_by_role("link", name="de place à décider"))
    is_sound_at_every_width(page)
    waiting = page.get_by_role("listitem").filter(has_text="Stage dix").get_by_role("checkbox")
    expect(waiting).to_have_count(10)
    for box in waiting.all():
        hand.taps_on(box)
    hand.taps_on(page.get_by_role("button", name="Accepter les demandes choisies"))
    expect(page.locator("main")).to_contain_text("10 demandes sont acceptées.")
    hand.tells("accept ten applications, one after another ticked", most=12)


def _a_group_that_is_far_off(town: DemoTown) -> str:
    """Offer places that an agent gives one by one, in weeks that no page of a family shows yet."""
    first = today() + timedelta(days=60)
    group = {
        "reference": "journey-ten",
        "label": "Groupe Stage dix",
        "weekdays": [6],
        "starts": "10:00",
        "ends": "11:00",
        "first_day": first,
        "last_day": first + timedelta(days=20),
        "runs_in": "always",
        "places": 20,
    }
    criteria = [{"code": "first_time", "label": "Première fois", "points": 10}]
    closes = {"closes_at": now() + timedelta(days=30), "criteria": criteria}
    rule = {"allocation": "criteria", "groups": [group], **closes}
    return offer_every_day(town, "ens", "journey-ten", "Stage dix", "evening_care", **rule)


def _enters_a_request(page: Page, address: str, group: str) -> None:
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.request.get(address).text())
    assert token is not None
    form = {"csrf_token": token[1], "group": group, "channel": "telephone"}
    assert page.request.post(address, form=form).ok
