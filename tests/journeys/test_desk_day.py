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


def test_an_outing_that_does_not_take_place_is_called_off_by_its_class(
    town: DemoTown, new_page: NewPage
) -> None:
    # Given a class that is away tomorrow.
    label = "Atelier départ"
    offer_every_day(town, "ens", "journey-outing", label, "evening_care")
    give_place(town, "ens", "journey-outing", child_id(town, MOTHER, CHILD))
    mother = Reader(town, MOTHER)
    mother.until_told(label)
    karim = Agent(town, new_page(DESK), "ens", "karim.haddad")
    karim.sign_in()
    hand = Hand(karim.page)
    school_class = _goes_out(karim, label)
    mother.until_told("Une sortie change ces jours", "/nouvelles")

    # When it stays after all, the list names it, and three taps give back what was booked.
    page = hand.page
    hand.begins_at(karim.desk)
    hand.taps_on(page.get_by_role("link", name="Fermer un groupe"))
    outing = page.get_by_role("listitem").filter(has_text=label)
    expect(outing).to_contain_text(school_class)
    hand.taps_on(outing.locator("summary"))
    hand.taps_on(outing.get_by_role("button", name="Annuler la sortie"))
    expect(page.locator("main")).to_contain_text("La sortie est annulée")
    hand.tells("an outing called off, bookings as they were", most=3)
    is_sound_at_every_width(page)
    mother.until_told("la sortie n’a pas lieu", "/nouvelles")


def _goes_out(lead: Agent, label: str) -> str:
    """Let the class of the child leave tomorrow, and return its name."""
    page = lead.page
    page.goto(f"{lead.desk}/sorties")
    classes = page.locator("#school_class option").evaluate_all("all => all.map(o => o.value)")
    for each in classes:
        page.get_by_label("Classe").select_option(each)
        page.get_by_label("Activité").select_option(label=label)
        page.locator("#first").fill((today() + timedelta(days=1)).isoformat())
        page.get_by_role("button", name="Voir la classe").click()
        if page.get_by_role("group", name="Qui part ?").get_by_text(CHILD).count():
            break
    is_sound_at_every_width(page)
    page.get_by_role("button", name="Enregistrer la sortie et prévenir les familles").click()
    expect(page.locator("main")).to_contain_text("La sortie est enregistrée")
    return str(each).replace("|", " · ")


def test_a_whole_group_spends_a_day_with_another_and_comes_back(
    town: DemoTown, new_page: NewPage
) -> None:
    # Given an activity of two groups, in one of which somebody is ill.
    label, child = "Atelier réuni", child_id(town, MOTHER, CHILD)
    more = {"other_groups": ["Les petits du soir"]}
    group = offer_every_day(town, "ens", "journey-moved", label, "evening_care", **more)
    give_place(town, "ens", "journey-moved", child)
    karim = Agent(town, new_page(DESK), "ens", "karim.haddad")
    karim.sign_in()
    hand, page = Hand(karim.page), karim.page

    hand.begins_at(karim.desk)
    hand.taps_on(page.get_by_role("link", name="Planning"))
    page.get_by_label("Groupe", exact=True).select_option(group)
    hand.taps_on(page.get_by_role("button", name="Voir"))
    hand.taps_on(page.locator("th.this-day input"))
    hand.taps_on(page.get_by_text("Déplacer pour ces jours dans un autre groupe"))
    hand.taps_on(page.get_by_role("button", name="Déplacer", exact=True))
    moved = page.get_by_role("listitem").filter(has_text="1 enfant avec « Les petits du soir »")
    expect(moved).to_be_visible()
    hand.tells("a whole group with another for a day", most=6)
    is_sound_at_every_width(page)

    hand.begins_here()
    hand.taps_on(moved.get_by_role("button", name="Les faire revenir"))
    expect(page.locator("main")).to_contain_text("1 enfant est revenu dans son groupe")
    hand.tells("and back again", most=1)


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
