"""Style sheets and scripts that every page has, on pages without a town: paper, and days typed."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import DESK

STATIC = Path("shared/web/static")
SHEETS = (
    STATIC / "preau.css",
    STATIC / "desk.css",
    Path("services/enrolment/desk/static/regie.css"),
    Path("services/enrolment/desk/static/planning.css"),
    STATIC / "week.css",
)
BOOKED = (
    '<main><h1>Semaine</h1><label class="cell was"><input type="checkbox" checked>'
    '<span class="w yes">réservé</span></label></main>'
)
WEEKS = [f"{day} {week}" for week in (1, 2, 3) for day in ("lundi", "mardi", "mercredi", "jeudi")]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Give an empty page of a desk, in the dark."""
    size = {"width": DESK[0], "height": DESK[1]}
    with browser.new_context(viewport=size, color_scheme="dark") as context:  # type: ignore[arg-type]
        yield context.new_page()


def shows(page: Page, body: str) -> None:
    """Show what stands in a page of a desk, with the sheets that such a page has."""
    sheets = "".join(f"<style>{path.read_text(encoding='utf-8')}</style>" for path in SHEETS)
    page.set_content(f'<!doctype html><html lang="fr">{sheets}<body class="desk">{body}')


def group_of(children: int) -> str:
    """Return a group’s weeks, as a plan of planning/week.html with its acts."""
    heads = "".join(f"<th>{day}</th>" for day in WEEKS)
    cells = "".join(f"<td>présent{at}, déjeuner</td>" for at, _day in enumerate(WEEKS))
    rows = "".join(f"<tr><th>Enfant{at}</th>{cells}</tr>" for at in range(children))
    return (
        f'<main><div class="scroll"><table class="plan"><thead><tr><th>Enfant</th>{heads}</tr>'
        f'</thead><tbody>{rows}</tbody></table></div><div class="acts">Excuser ces jours</div>'
    )


def printed(page: Page) -> Sequence[str]:
    """Return what a page says on each sheet of A4; what is made smaller ends on an empty one."""
    document = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True, format="A4"))
    sheets = [sheet.get_textpage().get_text_bounded() for sheet in document]
    return [" ".join(text.split()) for text in sheets if text.strip()]


def test_a_wide_list_is_printed_with_all_its_columns_its_heads_on_each_sheet_and_no_act(
    page: Page,
) -> None:
    shows(page, group_of(60))

    sheets = printed(page)

    assert len(sheets) > 1
    for sheet in sheets:
        assert "jeudi 3" in sheet
    assert any("Enfant59" in sheet for sheet in sheets)
    assert not any("Excuser ces jours" in sheet for sheet in sheets)


def list_of(columns: int, rows: int = 80) -> str:
    """Return a desk’s list whose rows are ticked, as desk/lists.html has it, and the page’s day."""
    heads = "".join(f'<th scope="col">Colonne {at}</th>' for at in range(columns))
    tick = '<label class="tick"><input type="checkbox"></label>'
    row = f"<tr><th>{tick}Lou Morel</th>{'<td>restauration</td>' * (columns - 1)}</tr>"
    return (
        f'<main><div class="list-frame"><table class="list"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{row * rows}</tbody></table></div></main>"
        '<p class="as-of">État au 2 décembre</p>'
    )


@pytest.mark.parametrize(("columns", "lies"), [(8, False), (9, True)])
def test_a_list_of_many_columns_lies_on_its_side_and_each_sheet_says_which_it_is(
    page: Page, columns: int, lies: bool
) -> None:
    shows(page, list_of(columns))

    document = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True, format="A4"))

    assert [sheet.get_width() > sheet.get_height() for sheet in document] == [lies] * len(document)
    for number, sheet in enumerate(document, start=1):
        assert f"{number} / {len(document)}" in sheet.get_textpage().get_text_bounded()


@pytest.mark.parametrize("columns", [8, 9])
def test_a_short_list_and_as_of_when_it_is_are_one_sheet(page: Page, columns: int) -> None:
    shows(page, list_of(columns, rows=5))

    (sheet,) = printed(page)

    assert "État au 2 décembre" in sheet


def test_paper_has_no_boxes_to_tick_and_names_have_their_room(page: Page) -> None:
    shows(page, list_of(3))
    box, name = page.locator(".tick input").first, page.locator("tbody th").first
    expect(box).to_be_visible()

    page.emulate_media(media="print")

    expect(box).to_be_hidden()
    assert name.evaluate("it => parseFloat(getComputedStyle(it).paddingLeft)") < 10


def test_what_is_booked_is_read_on_paper_which_has_no_grounds(page: Page) -> None:
    shows(page, BOOKED)
    colour = "it => getComputedStyle(it).color"
    box = page.locator("label.cell")

    page.emulate_media(media="print", color_scheme="light")

    assert box.evaluate(colour) == page.locator("h1").evaluate(colour)


def test_paper_is_white_for_who_reads_in_the_dark(page: Page) -> None:
    shows(page, group_of(1))
    blue = "getComputedStyle(document.querySelector('td')).color"
    dark = page.evaluate(blue)

    page.emulate_media(media="print", color_scheme="dark")
    on_paper = page.evaluate(blue)
    page.emulate_media(media="screen", color_scheme="light")

    assert on_paper == page.evaluate(blue) != dark


def test_half_a_day_in_a_field_is_not_sent_as_no_day_at_all(page: Page) -> None:
    page.route("http://desk.test/**", lambda route: route.fulfill(body="<h1>Fait</h1>"))
    page.goto("http://desk.test/")
    script = (STATIC / "sending.js").read_text(encoding="utf-8")
    page.set_content(
        '<body data-busy="Un instant…" data-saves="Enregistrer" data-saving="Enregistrement…">'
        '<form method="post"><details><summary>Plus</summary><label>Jusqu’au '
        '<input type="date" name="valid_to"></label></details><button>Noter</button></form>'
        f"<script>{script}</script>"
    )
    sent: list[str] = []
    page.on("request", lambda each: sent.append(each.url))
    page.get_by_text("Plus").click()
    page.get_by_label("Jusqu’au").focus()
    page.keyboard.type("12")
    page.get_by_text("Plus").click()

    page.get_by_role("button", name="Noter").click()

    expect(page.get_by_label("Jusqu’au")).to_be_focused()
    assert sent == []

    page.get_by_label("Jusqu’au").fill("2026-12-31")
    page.get_by_role("button", name="Noter").click()
    expect(page.get_by_role("heading")).to_have_text("Fait")


def test_a_form_filled_in_before_its_hour_opens_by_itself_with_what_was_typed(page: Page) -> None:
    script = (STATIC / "opening.js").read_text(encoding="utf-8")
    page.clock.install(time=0)
    page.goto("about:blank")
    page.clock.pause_at(3_600_000)  # no second passes but those of this test
    page.set_content(
        '<form method="post" data-opens-in="4000"><label>Jour <input name="day"></label>'
        '<p role="status" data-opening data-later="Demain" data-hours="{} h {} min" '
        'data-minutes="{} min {} s" data-open="C’est ouvert"></p>'
        '<div class="actions"><button>Envoyer</button></div></form>'
        f"<script>{script}</script>"
    )
    said, button = page.get_by_role("status"), page.get_by_role("button", name="Envoyer")
    page.get_by_label("Jour").fill("mercredi")
    expect(said).to_have_text("1 h 6 min")

    page.clock.run_for(3_900_000)
    expect(said).to_have_text("1 min 40 s")
    expect(button).to_be_disabled()
    page.clock.run_for(101_000)

    expect(button).to_be_enabled()
    expect(said).to_have_text("C’est ouvert")
    expect(page.get_by_label("Jour")).to_have_value("mercredi")
