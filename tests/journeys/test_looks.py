"""Faults of a page are seen by day too, when its other text was judged on a former page."""

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import NewPage
from tests.journeys.looks import faults

SOUND = "<h1>Lou</h1><p>Présente</p><p style='color: #444'>CE2</p>"
PAGE = '<!doctype html><html lang="fr"><title>Lou</title><main>{}</main>'


def test_text_of_another_colour_or_on_another_ground_is_judged(new_page: NewPage) -> None:
    page = new_page()
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
def test_text_that_was_hidden_is_judged_where_it_shows(
    new_page: NewPage, hidden: str, shown: str
) -> None:
    page, text = new_page(), "<p style='color: #aaa'>Allergie</p>"
    assert found(page, SOUND + hidden + text) == []

    assert "color-contrast" in found(page, SOUND + shown + text)


def test_what_is_typed_into_a_field_is_judged(new_page: NewPage) -> None:
    page = new_page()
    field = "<label>Prénom <input value='Lou' style='background: #fff; color: {}'></label>"
    assert found(page, SOUND + field.format("#222")) == []

    assert "color-contrast" in found(page, SOUND + field.format("#bbb"))


def found(page: Page, body: str) -> str | list[str]:
    """Return what is wrong, as one text; [] if nothing is."""
    page.set_content(PAGE.format(body))
    return " ".join(faults(page, [390])) or []
