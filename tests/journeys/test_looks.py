"""Faults of a page are seen by day too, where all else of it was judged on a former page."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from time import sleep

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.conftest import PHONE
from tests.journeys.looks import WIDTHS, faults, faults_of_low_vision
from tests.night import ALL

SOUND = "<h1>Lou</h1><p>Présente</p><p style='color: #444'>CE2</p>"
PAGE = '<!doctype html><html lang="fr"><title>Lou</title><main>{}</main>'


@pytest.fixture(scope="module")
def one_page(browser: Browser) -> Iterator[Page]:
    """Give a page for all tests here, which set what is in it."""
    with browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]}) as context:
        yield context.new_page()


@pytest.fixture
def page(one_page: Page) -> Page:
    """Give it with nothing in it, and no script of a former test."""
    one_page.goto("about:blank")
    return one_page


def test_text_of_another_colour_or_on_another_ground_is_judged(page: Page) -> None:
    assert found(page, SOUND) == []

    assert "color-contrast" in found(page, f"{SOUND}<p style='color: #ccc'>Absente</p>")
    assert "color-contrast" in found(page, f"<div style='background: #333'>{SOUND}</div>")
    assert "color-contrast" in found(page, f"<div style='opacity: 0.3'>{SOUND}</div>")


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        ("<details>", "<details open>"),
        ("<div style='position: absolute; left: -999px'>", "<div>"),
        ("<div style='visibility: hidden'>", "<div>"),
    ],
)
def test_text_that_was_hidden_is_judged_where_it_shows(page: Page, hidden: str, shown: str) -> None:
    text = "<p style='color: #aaa'>Allergie</p>"
    assert found(page, SOUND + hidden + text) == []

    assert "color-contrast" in found(page, SOUND + shown + text)


def test_what_is_typed_into_a_field_is_judged(page: Page) -> None:
    field = "<label>Prénom <input value='Lou' style='background: #fff; color: {}'></label>"
    assert found(page, SOUND + field.format("#222")) == []

    assert "color-contrast" in found(page, SOUND + field.format("#bbb"))


def test_a_page_of_which_the_head_alone_has_come_is_awaited(page: Page) -> None:
    with served_in_two_parts(PAGE.format(SOUND)) as address:
        page.goto(address, wait_until="commit")
        assert faults(page) == []


@contextmanager
def served_in_two_parts(text: str) -> Iterator[str]:
    """Give an address whose page comes up to its `main`, and the rest a moment later."""
    head, main, rest = text.partition("<main>")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(head.encode())
            sleep(1)
            self.wfile.write((main + rest).encode())

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


FAMILY = (
    "<h2>Lefèvre</h2><ul><li>Lou</li><li>Tom</li></ul><a href='#end'>À la fin</a>"
    "<label for='menu'>Menu</label><select id='menu'><option>Porc</option></select>"
    "<img alt='Lou' src='data:,'><button>Voir</button><p id='end'>Fin</p>"
)
"""A sound family, of which each case makes one thing faulty."""


@pytest.mark.parametrize(
    ("sound", "faulty", "fault"),
    [
        pytest.param("alt='Lou'", "", "image-alt", id="no-words-for-a-picture"),
        pytest.param("h2>Lefèvre</h2", "h4>Lefèvre</h4", "heading-order", id="a-level-left-out"),
        pytest.param("for='menu'", "for='menus'", "select-name", id="a-label-of-nothing"),
        pytest.param("Voir", " ", "button-name", id="no-words-on-a-button"),
        pytest.param("<ul>", "<ul><p>Deux</p>", "list", id="a-paragraph-among-items"),
        pytest.param("<li>Tom</li></ul>", "</ul><li>Tom</li>", "listitem", id="an-item-of-no-list"),
        pytest.param("<button>", "<button role='mot'>", "aria-roles", id="a-role-that-is-none"),
    ],
)
def test_a_fault_is_seen_among_parts_that_were_sound_before(
    page: Page, sound: str, faulty: str, fault: str
) -> None:
    assert sound in FAMILY and found(page, SOUND + FAMILY) == []

    assert fault in found(page, SOUND + FAMILY.replace(sound, faulty))
    assert fault in found(page, SOUND + FAMILY.replace(sound, faulty)), "as long as it is there"


LINK = "<a href='#end' style='color: #333; text-decoration: none'>Fin</a>"
SCROLLS = "<div style='overflow: auto; height: 40px'><p>{}</p></div>"


@pytest.mark.parametrize(
    ("sound", "faulty", "fault"),
    [
        pytest.param(
            f"<p>{LINK}</p><p>Présente <b>demain</b></p>",
            f"<p>Présente à la cantine, {LINK}</p><p>Présente <b>demain</b></p>",
            "link-in-text-block",
            id="text-beside-a-link-that-looks-like-it",
        ),
        pytest.param(
            SCROLLS.format("Lou<br>" * 20 + "<a href='#end'>Fin</a>"),
            SCROLLS.format("Lou<br>" * 20),
            "scrollable-region-focusable",
            id="nothing-to-reach-in-what-scrolls",
        ),
        pytest.param("<ul><li>Lou</ul>", "<ul>Deux<li>Lou</ul>", "list", id="text-among-items"),
        pytest.param(
            "<dl><dt>Lou<dd>CE2</dl>", "<dl><dt>Lou</dl>", "definition-list", id="a-term-alone"
        ),
    ],
)
def test_what_known_parts_stand_beside_or_lack_is_seen(
    page: Page, sound: str, faulty: str, fault: str
) -> None:
    assert found(page, SOUND + FAMILY + sound) == []

    assert fault in found(page, SOUND + FAMILY + faulty)


@pytest.mark.skipif(ALL, reason="at night axe judges each page")
def test_a_page_of_nothing_but_known_parts_is_not_judged_again(page: Page) -> None:
    assert found(page, SOUND + FAMILY) == []

    assert found(page, SOUND + FAMILY.replace("Lou", "Manon") + "<p>Présente aussi</p>") == []
    assert page.evaluate("typeof axe") == "undefined"


@pytest.mark.parametrize(
    ("wide", "at"),
    [("360px", 320), ("(min-width: 1000px)", 1280), ("(max-width: 400px)", 390)],
    ids=["on a small phone", "on a desk", "on a phone"],
)
def test_a_page_that_goes_sideways_is_found_at_its_width_and_is_then_as_wide_as_before(
    page: Page, wide: str, at: int
) -> None:
    rule = f"@media {wide} and (min-width: 350px) {{ p {{ width: 2000px }} }}"
    style = rule if wide.startswith("(") else f"p {{ width: {wide}; margin: 0 }}"
    page.set_content(PAGE.format(f"<style>body {{ margin: 0 }} {style}</style>{SOUND}"))

    said = faults(page, WIDTHS)

    assert [each.partition(" ")[2] for each in said] == [f"goes sideways at {at} px"]
    assert page.viewport_size == {"width": PHONE[0], "height": PHONE[1]}


BAR = "<p style='position: sticky; bottom: 0; background: #fff; height: {}px'>Enregistrer</p>"
FIELDS = "".join(f"<p><label>Jour {at} <input name='{at}'></label></p>" for at in range(30))


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        pytest.param(FIELDS + BAR.format(120), "bars cover 47 % of the screen", id="a-high-bar"),
        pytest.param(FIELDS + BAR.format(60), "focus out of sight: ", id="a-field-beneath-a-bar"),
        pytest.param(
            "<p>Anticonstitutionnellementetunpeu</p>", "spaced out goes", id="a-long-word"
        ),
        pytest.param(
            "<p style='width: 23rem'>Présente</p>", "with large letters goes sideways", id="in-rem"
        ),
    ],
)
def test_what_eyes_that_see_little_meet_is_found_and_the_page_is_then_as_before(
    page: Page, body: str, fault: str
) -> None:
    page.set_content(PAGE.format(SOUND + FIELDS))
    assert faults_of_low_vision(page) == []
    page.set_content(PAGE.format(SOUND + body))

    assert fault in " ".join(faults_of_low_vision(page))

    assert page.viewport_size == {"width": PHONE[0], "height": PHONE[1]}
    assert page.evaluate("getComputedStyle(document.body).fontSize") == "16px"


def found(page: Page, body: str) -> str | list[str]:
    """Return what is wrong, as one text; [] if nothing is."""
    page.set_content(PAGE.format(body))
    return " ".join(faults(page, [390])) or []
