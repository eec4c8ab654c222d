"""A message written at the desk appears on the open page at home, the answer at the desk."""

import os
import signal
from collections.abc import Callable
from email.message import EmailMessage

from playwright.sync_api import Page, Response, Route, expect

from tests.journeys.bus import until
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.databases import change, found
from tests.journeys.keyboard import choose, press, write
from tests.journeys.letters import letters_of
from tests.journeys.people import Agent, Parent
from tests.journeys.town import DemoTown

LOGIN, KARIM = "claire.lefevre@example.org", "karim.haddad"
QUESTION, ANSWER, MORE = "Le gilet de Manon ?", "Il est au vestiaire.", "Il reste une heure."


def test_messages_arrive_without_reload_on_both_sides_whoever_holds_the_pages_dies(
    town: DemoTown, new_page: NewPage
) -> None:
    parent, lead = Parent(town, new_page(), LOGIN), Agent(town, new_page(DESK), "ens", KARIM)
    parent.sign_in()
    lead.sign_in()
    lead.page.goto(f"{lead.desk}/messages")
    list_of_threads = _never_reloaded(lead.page)
    count = lead.page.locator("#tab-conversations .count")
    waiting = int(count.inner_text()) if count.count() else 0  # other journeys wrote too

    _writes(parent, QUESTION)
    expect(lead.page.get_by_role("link", name="Le gilet")).to_be_visible()
    expect(count).to_have_text(str(waiting + 1))
    assert list_of_threads()

    lead.page.get_by_role("link", name="Le gilet").click()
    home = _never_reloaded(parent.page)
    parent.page.get_by_label("Votre réponse").fill("Merci d’av")
    _answers(lead.page, ANSWER)
    expect(parent.page.locator("#talk")).to_contain_text(ANSWER)
    expect(parent.page.get_by_label("Votre réponse")).to_have_value("Merci d’av")
    expect(parent.page.get_by_label("Votre réponse")).to_be_focused()
    expect(parent.page.locator("#said-by-itself")).to_have_text("Nouveau message")

    for stream in ("portal_live", "desk_ens_live"):
        os.kill(town.pid(stream), signal.SIGKILL)
    _answers(lead.page, MORE)
    expect(parent.page.locator("#talk")).to_contain_text(MORE, timeout=30_000)
    assert parent.page.locator("#talk").inner_text().count(ANSWER) == 1
    assert home()

    desk = _never_reloaded(lead.page)
    parent.page.get_by_label("Votre réponse").fill("")
    write(parent.page, parent.page.get_by_label("Votre réponse"), "Merci beaucoup")
    with parent.page.expect_navigation():  # the desk may read it before this page is there again
        press(parent.page, parent.page.get_by_role("button", name="Envoyer"))
    expect(lead.page.locator("#talk")).to_contain_text("Merci beaucoup", timeout=30_000)
    assert desk()
    _is_written_to_unless_unwanted(town, parent, lead)


def test_a_page_whose_stream_is_refused_asks_again_within_seconds(
    town: DemoTown, new_page: NewPage
) -> None:
    parent = Parent(town, new_page(), LOGIN)
    asked: list[str] = []

    def refuse_once(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            route.fulfill(status=502)  # as a web server says whose pages are being started
        else:
            route.continue_()

    parent.page.route(lambda address: "/flux?" in address, refuse_once)

    with parent.page.expect_response(_is_open_stream, timeout=20_000):
        parent.sign_in()
        parent.page.goto(town.portal)
    assert len(asked) > 1


def _is_open_stream(answer: Response) -> bool:
    return "/flux?" in answer.url and answer.status == 200


def _is_written_to_unless_unwanted(town: DemoTown, parent: Parent, lead: Agent) -> None:
    """Let the parent be away: a letter comes, without name or content, and none once unwanted."""
    parent.page.goto(f"{town.portal}/compte/courriels")
    before = len(letters_of(town))
    parent.page.goto("about:blank")
    _answers(lead.page, "Le gymnase ferme.")
    assert _minutes_pass(town)
    [letter] = until(lambda: _to(LOGIN, letters_of(town)[before:]), 60.0)  # others are told as well
    text = letter.get_content() + str(letter["Subject"])
    assert not [word for word in ("Manon", "Lef", "gilet", "gymnase", "ens") if word in text]
    stop = str(letter["List-Unsubscribe"]).strip("<>")

    parent.page.goto(stop)
    parent.page.get_by_role("button", name="Ne plus m’écrire").click()
    expect(parent.page.get_by_role("status").first).to_contain_text("C’est fait")
    parent.page.goto("about:blank")
    _answers(lead.page, "Le gymnase ouvre.")
    assert not _minutes_pass(town)


def _writes(parent: Parent, text: str) -> None:
    """Write with the keyboard alone."""
    page = parent.page
    page.goto(f"{parent.town.portal}/messages/ecrire/ens")
    choose(page, page.get_by_label("Une question"))
    write(page, page.get_by_role("textbox", name="Objet"), "Le gilet")
    write(page, page.get_by_label("Votre message"), text)
    press(page, page.get_by_role("button", name="Envoyer"))
    expect(page.locator("#talk")).to_contain_text(text)


def _answers(page: Page, text: str) -> None:
    page.get_by_label("Réponse").fill(text)
    with page.expect_navigation():
        page.get_by_role("button", name="Envoyer").click()
    expect(page.locator("main")).to_contain_text("Le message est parti")


def _never_reloaded(page: Page) -> Callable[[], bool]:
    """Mark a page; return how to ask whether it is still the same document."""
    page.evaluate("window.sameDocument = true")
    return lambda: page.evaluate("window.sameDocument === true")


def _minutes_pass(town: DemoTown) -> bool:
    """Let what waits for its minutes be due; return whether somebody was then written to."""
    due = "FROM mail_notice WHERE category = 'messages' AND due_at IS NOT NULL"
    until(lambda: found(town, "portal", f"SELECT 1 {due}"), 30.0)
    change(
        town,
        "portal",
        "UPDATE mail_notice SET due_at = CASE WHEN due_at IS NULL THEN NULL ELSE last_at END,"
        " written_at = NULL WHERE category = 'messages'",  # of other journeys, too
    )
    until(lambda: not found(town, "portal", f"SELECT 1 {due}"), 60.0)
    written = "SELECT 1 FROM mail_notice WHERE category = 'messages' AND written_at IS NOT NULL"
    return bool(found(town, "portal", written))


def _to(login: str, letters: list[EmailMessage]) -> list[EmailMessage]:
    return [letter for letter in letters if letter["To"] == login]
