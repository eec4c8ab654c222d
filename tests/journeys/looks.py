"""
Whether a page is sound: axe finds nothing, and nothing of it goes sideways.

With PREAU_SCREENS naming a folder every page that is looked at is also kept there as pictures, in
the state in which its journey came by: on a small phone, a phone and a desk, light and dark.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error, Page

SCREENS = os.environ.get("PREAU_SCREENS", "")
SMALL_PHONE, WIDTHS, SCHEMES = 320, (320, 390, 1280), ("light", "dark")
MOST_PHONE = 400
LONGEST_NAME = 140


def faults(page: Page) -> list[str]:
    """Return what is wrong with a page as it stands, its address before each; [] if it is sound."""
    if SCREENS:
        _keep_pictures(page, Path(SCREENS))
    return _faults_as_it_stands(page)


def is_sound(page: Page) -> None:
    """Assert that nothing is wrong with a page."""
    assert faults(page) == []


def is_sound_at_every_width(page: Page) -> None:
    """Assert it on a small phone, a phone and a desk; the page stays as wide as a desk."""
    height, found = _size(page)[1], []
    if SCREENS:
        _keep_pictures(page, Path(SCREENS))
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": height})
        found += _faults_as_it_stands(page)
    assert found == []


def _faults_as_it_stands(page: Page) -> list[str]:
    found = _violations(page)
    found += [f"goes sideways at {width} px" for width in _widths(page) if _is_wide(page, width)]
    return [f"{page.url} {each}" for each in found]


def _violations(page: Page) -> list[str]:
    """Ask axe; once more where a part was exchanged while it looked (live.js)."""
    try:
        results = Axe().run(page).response["violations"]
    except Error:
        results = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in results]


def _widths(page: Page) -> tuple[int, ...]:
    own = _size(page)[0]
    return (own, SMALL_PHONE) if own <= MOST_PHONE else (own,)


def _size(page: Page) -> tuple[int, int]:
    size = page.viewport_size
    assert size is not None
    return size["width"], size["height"]


def _is_wide(page: Page, width: int) -> bool:
    with _as_wide(page, width):
        root = "document.documentElement"
        return bool(page.evaluate(f"{root}.scrollWidth > {root}.clientWidth"))


@contextmanager
def _as_wide(page: Page, width: int) -> Iterator[None]:
    own, height = _size(page)
    if width != own:
        page.set_viewport_size({"width": width, "height": height})
    yield
    if width != own:
        page.set_viewport_size({"width": own, "height": height})


def _keep_pictures(page: Page, folder: Path) -> None:
    test = re.sub(r"^.*::| \(.*$", "", os.environ.get("PYTEST_CURRENT_TEST", "by hand"))
    here = folder / test[:LONGEST_NAME]
    here.mkdir(parents=True, exist_ok=True)
    address = re.sub(r"[0-9a-f-]{36}", "…", urlsplit(page.url).path).strip("/").replace("/", "-")
    number = len(list(here.glob("*-390-light.png"))) + 1
    own = "dark" if page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") else "light"
    for width in WIDTHS:
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            with _as_wide(page, width):
                name = f"{number:02} {address or 'accueil'}"[:LONGEST_NAME]
                page.screenshot(path=here / f"{name}-{width}-{scheme}.png", full_page=True)
    page.emulate_media(color_scheme=own)  # type: ignore[arg-type]
