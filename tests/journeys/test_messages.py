"""A parent and a service write to each other, a photo included, while others are stopped or die."""

import io
import os
import re
import signal
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from tests.factories import sent_files
from tests.journeys.bus import held_still, until
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.keyboard import press, write
from tests.journeys.looks import faults
from tests.journeys.offers import give_place, offer_every_day
from tests.journeys.people import Agent, Parent, as_sent, child_id, until_shown, words_as_sent
from tests.journeys.taps import Hand
from tests.journeys.town import DemoTown
from tests.night import ALL

LOGIN, CHILD = "helene.garnier@example.com", "Lou"
QUESTION, ANSWER = "Lou a oublié son bonnet ?", "Oui, il est au secrétariat."


def test_a_photo_an_answer_and_a_bulletin_arrive_whoever_is_stopped_or_dies_meanwhile(
    town: DemoTown, new_page: NewPage, tmp_path: Path
) -> None:
    parent = Parent(town, new_page(), LOGIN)
    lead = Agent(town, new_page(DESK), "ens", "karim.haddad")
    child = child_id(town, LOGIN, CHILD)
    offer_every_day(town, "ens", "journey-messages", "Atelier bois", "evening_care")
    give_place(town, "ens", "journey-messages", child)
    parent.sign_in()
    lead.sign_in()

    with held_still(town, "enrolment_agg"):  # the other provider is stopped all the while
        thread = _write_with_photo(parent, _photo(tmp_path))
        until(lambda: _file_has_come(parent.page, thread))
        # The conversation is left: an answer that comes to an open page counts as read.
        found = _axe(parent.page, thread, f"{town.portal}/messages")

        os.kill(town.pid("enrolment_ens"), signal.SIGKILL)  # the desk goes on without
        found += _answer_at_the_desk(lead)
        _counter_says(parent, "Messages, 1 non lu")
        parent.page.get_by_role("link", name="Le bonnet").first.click()
        until_shown(parent.page, ANSWER, thread, seconds=40)  # the killed one comes back
        _counter_says(parent, "Messages")
        _reply_with_the_keyboard(parent.page, thread)
        until_shown(parent.page, "Merci beaucoup", thread, seconds=40)

        found += _bulletin(lead)
        _counter_says(parent, "Messages, 1 non lu")
        until_shown(parent.page, "grève", f"{town.portal}/messages/ens/informations", seconds=40)
        _counter_says(parent, "Messages")

    parent.page.request.get(f"{town.portal}/langue/en?retour=/messages")
    paths = ("", "/ecrire", "/ecrire/ens", "/ens/informations")
    in_english = [f"{town.portal}/messages{path}" for path in paths if ALL]
    found += _axe(parent.page, *in_english, thread)
    expect(parent.page.locator("main")).to_contain_text("Answer within 2 working days")
    assert found == []


def _write_with_photo(parent: Parent, photo: Path) -> str:
    """Write to the school service from the child's page; return the thread's address."""
    page = parent.page
    parent.open_child(CHILD)
    page.get_by_role("link", name="Écrire à Service Enseignement").click()
    expect(page.locator("main")).to_contain_text("Urgent ? Appelez le")
    page.get_by_label("Une question").check()
    page.get_by_label("Objet", exact=True).fill("Le bonnet")
    expect(page.get_by_label(CHILD, exact=True)).to_be_checked()
    page.get_by_label("Votre message").fill(QUESTION)
    page.get_by_label("Pièces jointes").set_input_files(photo)
    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.get_by_role("button", name="Envoyer").click()
    assert len(sent.value.post_data_buffer or b"") < photo.stat().st_size / 3
    expect(page.locator("main")).to_contain_text(QUESTION)
    return page.url


def _answer_at_the_desk(lead: Agent) -> list[str]:
    page = lead.page
    found = _axe(page, f"{lead.desk}/messages", f"{lead.desk}/messages/nouveau?q=lou")
    hand = Hand(page)
    hand.begins_at(lead.desk)
    hand.taps_on(page.get_by_role("banner").get_by_role("link", name=re.compile("^Messages")))
    hand.taps_on(page.get_by_role("link", name="Le bonnet").first)
    expect(page.locator("main")).to_contain_text(QUESTION)
    with page.expect_download() as kept:
        hand.taps_on(page.get_by_role("link", name="bonnet.jpg"))
    received = kept.value.path().read_bytes()
    assert Image.open(io.BytesIO(received)).size == (3000, 2250)
    assert not [word for word in sent_files.PRIVATE if word in received]
    page.get_by_label("Réponse").fill(ANSWER)
    hand.taps_on(page.get_by_role("button", name="Envoyer"))
    expect(page.locator("main")).to_contain_text("Le message est parti")
    hand.tells("answer a family’s message", most=4)  # one of them takes its photo
    return found + _axe(page, page.url, f"{lead.desk}/messages/absence")


def _bulletin(lead: Agent) -> list[str]:
    page = lead.page
    hand = Hand(page)
    hand.begins_at(lead.desk)
    hand.taps_on(page.get_by_role("banner").get_by_role("link", name=re.compile("^Messages")))
    hand.taps_on(page.get_by_role("link", name=re.compile("nformation")).first)
    page.get_by_label("Pour qui").select_option(label="Atelier bois")
    hand.taps += 1
    page.get_by_label("Titre").fill("Pas d’étude jeudi")
    page.get_by_label("Texte").fill("Les agents sont en grève.")
    hand.taps_on(page.get_by_role("button", name="Voir avant d’envoyer"))
    expect(page.locator("#preview + p")).to_contain_text("foyer")
    found = _axe(page)
    hand.taps_on(page.get_by_role("button", name="Envoyer l’information"))
    expect(page.locator("main")).to_contain_text("L’information est envoyée")
    hand.tells("an information for a group’s families", most=5)
    return found


def _reply_with_the_keyboard(page: Page, thread: str) -> None:
    page.goto(thread)
    write(page, page.get_by_label("Votre réponse"), "Merci beaucoup")
    with page.expect_navigation():
        press(page, page.get_by_role("button", name="Envoyer"))


def _file_has_come(page: Page, thread: str) -> bool:
    return "bonnet.jpg" in words_as_sent(page, thread)


def _counter_says(parent: Parent, words: str) -> None:
    """Load the list of messages once the header says so: cards travel for a moment."""
    address = f"{parent.town.portal}/messages"

    def said() -> bool:
        return as_sent(parent.page, address).find_class("bell")[0].get("aria-label") == words

    until(said, seconds=40)
    parent.page.goto(address)


def _axe(page: Page, *addresses: str) -> list[str]:
    """Look at these pages, or at the one that is open: axe finds nothing, none goes sideways."""
    found = []
    for address in addresses or ("",):
        if address:
            page.goto(address)
        found += faults(page)
    return found


def _photo(folder: Path) -> Path:
    """Return a photo in a telephone's best quality, with its place and device."""
    path = folder / "bonnet.jpg"
    path.write_bytes(sent_files.photographed("JPEG", size=(8000, 6000), grain=20))
    return path
