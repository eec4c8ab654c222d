"""A parent telephones: an agent changes a child's days in few taps, and the family reads it."""

import re
from datetime import timedelta

from playwright.sync_api import expect
from sqlalchemy import insert

from services.enrolment.models import Session
from shared.dates.clock import midnight, today
from shared.runtime.ids import new_id
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.databases import database
from tests.journeys.looks import is_sound_at_every_width
from tests.journeys.offers import give_place, offer_every_day
from tests.journeys.people import Agent, child_id
from tests.journeys.reader import Reader
from tests.journeys.taps import Hand
from tests.journeys.town import DemoTown

MOTHER, CHILD = "thi.mai.nguyen@example.net", "Linh"
LABEL = "Repas du soir"
ON_WHOSE_WORD = "par le service, à la demande de la famille, par téléphone"


def test_a_lunch_is_cancelled_by_telephone_and_yesterday_is_corrected(
    town: DemoTown, new_page: NewPage
) -> None:
    group = offer_every_day(town, "ens", "journey-planning", LABEL, "canteen")
    _met_yesterday(town, group)
    give_place(town, "ens", "journey-planning", child_id(town, MOTHER, CHILD))
    mother = Reader(town, MOTHER)
    mother.until_told(LABEL)
    karim = Agent(town, new_page(DESK), "ens", "karim.haddad")
    karim.sign_in()
    hand = Hand(karim.page)

    _cancels_by_telephone(hand, karim.desk)
    mother.until_told(ON_WHOSE_WORD)
    _corrects_yesterday(hand, karim.desk)
    _excuses_two_days(hand, karim.desk)


def _met_yesterday(town: DemoTown, group_id: str) -> None:
    """Give the group a session of yesterday: an offer that is brought in begins today."""
    noon = midnight(today()) - timedelta(hours=12)
    row = {
        "id": new_id(),
        "group_id": group_id,
        "day": noon.date(),
        "starts_at": noon,
        "ends_at": noon + timedelta(hours=1),
        "book_until": noon,
        "cancel_until": noon,
        "state": "planned",
        "reason": "",
    }
    with database(town, "enrolment_ens") as connection:
        connection.execute(insert(Session).values(row))
        connection.commit()


def _cancels_by_telephone(hand: Hand, desk: str) -> None:
    page = hand.page
    hand.begins_at(desk)
    _finds(hand)
    hand.taps_on(page.get_by_role("link", name=re.compile(LABEL)).first)
    hand.taps_on(page.get_by_role("button", name="Annuler"))
    expect(page.locator("main")).to_contain_text("C’est fait")
    hand.tells("cancel a lunch, a parent on the telephone", most=4)
    is_sound_at_every_width(page)


def _corrects_yesterday(hand: Hand, desk: str) -> None:
    page, yesterday = hand.page, today() - timedelta(days=1)
    hand.begins_at(desk)
    _finds(hand)
    hand.taps_on(page.get_by_role("link", name="Planning du mois"))
    day = page.locator(f"#d{yesterday.isoformat()}")
    hand.taps_on(day.get_by_role("link", name=re.compile(LABEL)))
    is_sound_at_every_width(page)
    hand.taps_on(page.get_by_role("button", name="Présent"))
    expect(page.locator("main")).to_contain_text("C’est fait")
    expect(page.locator(f"#d{yesterday.isoformat()}")).to_contain_text("non prévu")
    hand.tells("correct yesterday: a child was there", most=4)


def _excuses_two_days(hand: Hand, desk: str) -> None:
    """Excuse from the week of the group: two cells are ticked, of a week to come."""
    page, next_week = hand.page, today() + timedelta(days=7)
    page.goto(f"{desk}/planning?semaine={next_week.isoformat()}")
    page.get_by_label("Groupe", exact=True).select_option(label=f"{LABEL} · Groupe {LABEL}")
    page.get_by_role("button", name="Voir", exact=True).click()
    address = page.url
    hand.begins_at(address)
    row = page.get_by_role("row").filter(has_text=CHILD)
    hand.taps_on(row.locator("td").nth(0))
    hand.taps_on(row.locator("td").nth(1))
    hand.taps_on(page.get_by_role("button", name="Excuser"))
    expect(page.locator("main")).to_contain_text("Excusé : 2 séances.")
    hand.tells("excuse one child on two days, from its group’s week", most=4)
    is_sound_at_every_width(page)


def _finds(hand: Hand) -> None:
    hand.page.get_by_label("Chercher un enfant").fill("Linh Nguyen")
    hand.taps_on(hand.page.get_by_role("button", name="Chercher"))
    expect(hand.page.get_by_role("heading", level=1)).to_contain_text(CHILD)
