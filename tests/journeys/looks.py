"""
Soundness of a page: axe finds nothing, and nothing of it goes sideways.

With PREAU_SCREENS naming a folder every page that is looked at is also kept there as pictures, in
the state in which its journey came by: on a small phone, a phone and a desk, light and dark.
"""

import os
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from zlib import crc32

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Error, Page, ViewportSize

from tests.night import ALL

SCREENS = os.environ.get("PREAU_SCREENS", "")
SMALL_PHONE, WIDTHS, SCHEMES = 320, (320, 390, 1280), ("light", "dark")
MOST_PHONE = 400
LONGEST_NAME = 140
PICTURED: ViewportSize = {"width": 1280, "height": 720}
PICTURED_PHONE: ViewportSize = {"width": 390, "height": 780}
PICTURED_DESK: ViewportSize = {"width": 1100, "height": 840}
SIDE_BY_SIDE = """
<style>
  body {{ margin: 0; background: #dedbd2 }}
  img {{ position: absolute; top: 32px; border-radius: 12px; box-shadow: 0 2px 12px #0005 }}
</style>
<img style="left: 32px; width: 328px" src="{phone}">
<img style="left: 386px; width: 862px" src="{desk}">
"""
LOOK = """
async known => {
  const grounds = new Map([[null, ""]])
  const ground = element => {
    if (!grounds.has(element)) {
      const { backgroundColor, backgroundImage, opacity, filter } = getComputedStyle(element)
      const own = [backgroundColor, backgroundImage, opacity, filter].join(" ")
      const plain = own === "rgba(0, 0, 0, 0) none 1 none"
      grounds.set(element, ground(element.parentElement) + (plain ? "" : "|" + own))
    }
    return grounds.get(element)
  }
  const kind = element => {
    const { color, fontSize, fontWeight, textShadow } = getComputedStyle(element)
    return [color, fontSize, fontWeight, textShadow].join(" ") + ground(element)
  }
  const isSeen = element => {
    const { width, height, right, bottom } = element.getBoundingClientRect()
    const isThere = width > 1 && height > 1 && right + scrollX > 0 && bottom + scrollY > 0
    return isThere && element.checkVisibility({ visibilityProperty: true })
  }
  const untyped = ["hidden", "range", "color", "checkbox", "radio", "image"]
  const isTyped = field => !field.disabled && !untyped.includes(field.type) && isSeen(field)
  const fields = [...document.querySelectorAll("input, select, textarea")].filter(isTyped)
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const kinds = new Set(fields.map(kind))
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement
    if (texts.currentNode.data.trim() && isSeen(element)) kinds.add(kind(element))
  }
  const legible = new Set(known)
  const contrast = { enabled: known === null || [...kinds].some(each => !legible.has(each)) }
  const found = await axe.run({
    resultTypes: contrast.enabled ? ["violations", "passes"] : ["violations"],
    rules: { "color-contrast": contrast },
    elementRef: true,
    selectors: false,
  })
  const judged = found.passes.filter(each => each.id === "color-contrast")
  return {
    faults: found.violations.map(each => `${each.id}: ${each.nodes[0].html}`),
    legible: judged.flatMap(each => each.nodes.map(node => kind(node.element))),
  }
}
"""
"""
Asks axe about a page. Contrast, which takes two thirds of its time, is judged where there is a kind
of text that is not known to be legible: its colour, size and weight, on the grounds behind it. What
a field holds is text too, which axe judges unless nobody can type it.
"""
AS_WEBP = """
async source => {
  const image = new Image()
  image.src = source
  await image.decode()
  const canvas = document.createElement("canvas")
  canvas.width = image.width
  canvas.height = image.height
  canvas.getContext("2d").drawImage(image, 0, 0)
  return canvas.toDataURL("image/webp", 0.9)
}
"""

_legible: set[str] = set()
"""Kinds of text whose contrast axe has found sufficient in this run."""


def faults(page: Page, widths: Iterable[int] = ()) -> list[str]:
    """
    Return what is wrong with a page as it stands, its address before each; [] if it is sound.

    Whether it goes sideways is tried at `widths`, or on the screen that it is shown on.
    """
    if SCREENS:
        _keep_pictures(page, Path(SCREENS))
    return _with_address(page, _violations(page) + _sideways(page, widths or _widths(page)))


def keep_side_by_side(phone: Page, desk: Page, at: str) -> None:
    """Keep the README's picture, where pictures are kept: phone beside desk, scrolled to `at`."""
    if not SCREENS:
        return
    small, large = _pictured(phone, PICTURED_PHONE, "body"), _pictured(desk, PICTURED_DESK, at)
    sheet = desk.context.new_page()
    sheet.set_viewport_size(PICTURED)
    sheet.set_content(SIDE_BY_SIDE.format(desk=_inline(large), phone=_inline(small)))
    whole = _inline(sheet.screenshot())
    encoded = sheet.evaluate(AS_WEBP, whole).partition(",")[2]
    sheet.close()
    Path(SCREENS).mkdir(parents=True, exist_ok=True)
    (Path(SCREENS) / "readme.webp").write_bytes(b64decode(encoded))


def _pictured(page: Page, size: ViewportSize, at: str) -> bytes:
    own = _size(page)
    page.set_viewport_size(size)
    page.locator(at).first.evaluate("it => it.scrollIntoView({block: 'start'})")
    picture = page.screenshot()
    page.set_viewport_size({"width": own[0], "height": own[1]})
    return picture


def is_sound(page: Page) -> None:
    """Assert that nothing is wrong with a page."""
    assert faults(page) == []


def is_sound_at_every_width(page: Page) -> None:
    """
    Assert it on a small phone, a phone and a desk; the page stays as wide as a desk.

    axe, which takes a second of Chromium, looks at it on one of them, and at night on each.
    """
    page.locator("body").wait_for(state="attached")  # between two pages there is none
    height, found = _size(page)[1], []
    if SCREENS:
        _keep_pictures(page, Path(SCREENS))
    looked_at = WIDTHS if ALL else (_width_of_name(page),)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": height})
        found += _violations(page) if width in looked_at else []
        found += _sideways(page, [width])
    assert _with_address(page, found) == []


def _width_of_name(page: Page) -> int:
    """Return the width that falls to the names of test and page: all are looked at in each run."""
    name = os.environ.get("PYTEST_CURRENT_TEST", "") + _without_ids(page.url)
    return WIDTHS[crc32(name.encode()) % len(WIDTHS)]


def _inline(picture: bytes) -> str:
    return f"data:image/png;base64,{b64encode(picture).decode('ascii')}"


def _with_address(page: Page, found: Iterable[str]) -> list[str]:
    return [f"{page.url} {each}" for each in found]


def _sideways(page: Page, widths: Iterable[int]) -> list[str]:
    return [f"goes sideways at {width} px" for width in widths if _is_wide(page, width)]


def _without_ids(url: str) -> str:
    return re.sub(r"[0-9a-f-]{36}", "…", urlsplit(url).path)


def _violations(page: Page) -> list[str]:
    """Ask axe; once more where a part was exchanged while it looked (live.js)."""
    try:
        return _seen_by_axe(page)
    except Error:
        return _seen_by_axe(page)


def _seen_by_axe(page: Page) -> list[str]:
    """Return what it finds, of contrasts by day those of which none was judged in this run yet."""
    page.evaluate(AXE_SCRIPT)
    seen: dict[str, list[str]] = page.evaluate(LOOK, None if ALL else sorted(_legible))
    _legible.update(seen["legible"])
    return seen["faults"]


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
    address = _without_ids(page.url).strip("/").replace("/", "-")
    number = len(list(here.glob("*-390-light.png"))) + 1
    own = "dark" if page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") else "light"
    for width in WIDTHS:
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            with _as_wide(page, width):
                name = f"{number:02} {address or 'accueil'}"[:LONGEST_NAME]
                page.screenshot(path=here / f"{name}-{width}-{scheme}.png", full_page=True)
    page.emulate_media(color_scheme=own)  # type: ignore[arg-type]


def is_received(page: Page) -> bool:
    """Return whether a page of corrections, loaded anew, says that every provider has them."""
    page.goto(page.url)
    words = page.locator("main").inner_text()
    return "reçu" in words and "en route" not in words
