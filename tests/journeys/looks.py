"""
Soundness of a page: axe finds nothing, nothing of it goes sideways, nothing to tap is cut off, and
at 400 % neither what one reads nor what has the focus is beneath a bar.

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
from playwright.sync_api import Error, Page, ViewportSize, expect

from tests.night import ALL

SCREENS = os.environ.get("PREAU_SCREENS", "")
SMALL_PHONE, WIDTHS, SCHEMES = 320, (320, 390, 1280), ("light", "dark")
HALF_A_DESK = 640
"""Width of a desk's screen at 200 %, in pixels."""
WIDTHS_OF_WALK = (*WIDTHS, HALF_A_DESK, 768, 1024) if ALL else (*WIDTHS, HALF_A_DESK)
"""
Widths in pixels, with a tablet's, either way up: there lists of a desk were wider than the page.
"""
ZOOMED: ViewportSize = {"width": SMALL_PHONE, "height": 256}
"""Viewport of 1,280 by 1,024 px at 400 % (WCAG 1.4.10)."""
LARGE_LETTERS, LETTERS = 32, 16
"""Pixels of letters where somebody has set them twice as large as a browser has them (1.4.4)."""
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
KINDS = Path(__file__).with_name("kinds.js").read_text()
LOOK = """
async ([rules, texts]) => {
  const seen = texts.length ? { include: textsOfKinds(texts) } : document
  const found = await axe.run(seen, {
    ...rules,
    resultTypes: ["violations", "passes"],
    elementRef: true,
    selectors: false,
  })
  const judged = found.passes.filter(each => each.id === "color-contrast")
  return {
    faults: found.violations.map(each => `${each.id}: ${each.nodes[0].html}`),
    legible: judged.flatMap(each => each.nodes.map(node => kindOfText(node.element))),
  }
}
"""
GOES_SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
CUT_OFF = """
() => {
  const cutsOff = (frame, right) =>
    ["hidden", "clip"].includes(getComputedStyle(frame).overflowX) &&
    frame.getBoundingClientRect().right < right - 1
  const isForReadersOfScreens = each => each.getBoundingClientRect().width < 3
  const isCutOff = each => {
    const { right } = each.getBoundingClientRect()
    if (!each.checkVisibility() || isForReadersOfScreens(each)) return false
    for (let frame = each.parentElement; frame; frame = frame.parentElement) {
      const canScroll = ["auto", "scroll"].includes(getComputedStyle(frame).overflowX)
      if (canScroll || isForReadersOfScreens(frame)) return false
      if (cutsOff(frame, right)) return true
    }
    return false
  }
  const tapped = document.querySelectorAll("main a, main button")
  return [...tapped].filter(isCutOff).map(each => each.innerText)
}
"""
"""
Script that finds what one taps and a frame cuts off: a page that hides it goes nowhere sideways.
"""
BENEATH_BARS = """
() => {
  const page = document.documentElement
  const stays = each => ["fixed", "sticky"].includes(getComputedStyle(each).position)
  const bars = [...document.querySelectorAll("body *")].filter(stays)
  const rows = [...Array(Math.floor(innerHeight / 4)).keys()].map(at => 4 * at + 2)
  const barsInSight = part => {
    scrollTo(0, (page.scrollHeight - innerHeight) * part / 4)
    const seen = rows.map(y => document.elementFromPoint(innerWidth - 30, y))
    return seen.map(each => bars.find(bar => bar.contains(each)))
  }
  const sights = [0, 1, 2, 3].map(barsInSight)
  const moves = bar => sights.filter(sight => sight.includes(bar)).length < 2
  const covered = sight => sight.filter(bar => bar && !moves(bar)).length / rows.length
  const most = Math.max(...sights.map(covered))
  const found = most > 0.4 ? [`bars cover ${Math.round(100 * most)} % of the screen`] : []

  const reached = "a[href], button, input, select, textarea, summary"
  const isReached = each =>
    each.checkVisibility({ visibilityProperty: true }) && !each.disabled && each.tabIndex >= 0
  const parts = [0.1, 0.5, 0.9]
  const isSeen = each => {
    const { left, top, width, height } = each.getClientRects()[0]  // a link breaks over lines
    const points = parts.flatMap(x => parts.map(y => [left + x * width, top + y * height]))
    const shown = ([x, y]) => {
      const above = document.elementFromPoint(x, y)
      return each.contains(above) || [...(each.labels ?? [])].some(label => label.contains(above))
    }
    return points.filter(shown).length >= 3
  }
  for (const each of [...document.querySelectorAll(reached)].filter(isReached).slice(0, 80)) {
    each.focus()
    const said = each.innerText || each.name || each.className
    if (document.activeElement === each && !isSeen(each)) found.push(`focus out of sight: ${said}`)
  }
  document.activeElement.blur()
  scrollTo(0, 0)
  return found
}
"""
"""Bars that take more than four tenths of a screen, and what has the focus beneath one (2.4.11)."""
SPACE_OUT = """
isSpaced => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(`
    * { line-height: 1.5 !important; letter-spacing: .12em !important }
    * { word-spacing: .16em !important }
    p { margin-bottom: 2em !important }
  `)
  document.adoptedStyleSheets = isSpaced ? [sheet] : []
}
"""
"""The spacing that somebody may set for every text, and back (1.4.12)."""
AXE = AXE_SCRIPT.encode("ascii", "backslashreplace").decode("ascii")
"""axe, which has seven letters beyond ASCII: for these a browser reads all of it two bytes wide."""
EVERY_RULE: dict[str, object] = {}
CONTRAST_ALONE: dict[str, object] = {"runOnly": ["color-contrast"]}
ALL_BUT_CONTRAST: dict[str, object] = {"rules": {"color-contrast": {"enabled": False}}}
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

_sound: set[str] = set()
"""Kinds of parts in which axe has found no fault in this run."""


def faults(page: Page, widths: Iterable[int] = ()) -> list[str]:
    """
    Return what is wrong with a page as it stands, its address before each; [] if it is sound.

    Whether it goes sideways is tried at `widths`, or on the screen that it is shown on. A page that
    a click has opened may still be coming: it is looked at once all of it is there.
    """
    page.wait_for_load_state("domcontentloaded")
    if SCREENS:
        _keep_pictures(page, Path(SCREENS))
    return _with_address(page, _violations(page) + _sideways(page, widths or _widths(page)))


def faults_of_low_vision(page: Page) -> list[str]:
    """Return what is wrong at 400 %, spaced out there, and on its screen with letters doubled."""
    own, height = _size(page)
    page.set_viewport_size(ZOOMED)
    found = [f"at 400 %: {each}" for each in page.evaluate(BENEATH_BARS)]
    page.evaluate(SPACE_OUT, True)
    found += [f"spaced out {each}" for each in _sideways(page, [SMALL_PHONE])]
    found += [f"spaced out cut off: {each}" for each in page.evaluate(CUT_OFF)]
    page.evaluate(SPACE_OUT, False)
    letters = page.context.new_cdp_session(page)
    letters.send("Page.setFontSizes", {"fontSizes": {"standard": LARGE_LETTERS}})
    page.set_viewport_size({"width": own, "height": height})
    found += [f"with large letters {each}" for each in _sideways(page, [own])]
    letters.send("Page.setFontSizes", {"fontSizes": {"standard": LETTERS}})
    letters.detach()
    return _with_address(page, found)


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

    axe, which takes a second of Chromium, looks at it on one of them, and at night on each; for
    eyes that see little it is looked at here by night, and on the walk by day.
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
        found += [f"cut off at {width} px: {each}" for each in page.evaluate(CUT_OFF)]
    assert not found, "\n".join(_with_address(page, found))
    assert not ALL or faults_of_low_vision(page) == []


def _width_of_name(page: Page) -> int:
    """Return the width that falls to the names of test and page: all are looked at in each run."""
    name = os.environ.get("PYTEST_CURRENT_TEST", "") + _without_ids(page.url)
    return WIDTHS[crc32(name.encode()) % len(WIDTHS)]


def _inline(picture: bytes) -> str:
    return f"data:image/png;base64,{b64encode(picture).decode('ascii')}"


def _with_address(page: Page, found: Iterable[str]) -> list[str]:
    return [f"{page.url} {each}" for each in found]


def _sideways(page: Page, widths: Iterable[int]) -> list[str]:
    """Return the widths at which a page goes sideways; it is afterwards as wide as it was."""
    own, height = _size(page)
    shown, found = own, []
    for width in sorted(widths, key=lambda width: width != own):  # each change lays it out anew
        if width != shown:
            page.set_viewport_size({"width": width, "height": height})
            shown = width
        if page.evaluate(GOES_SIDEWAYS):
            found.append(f"goes sideways at {width} px")
    if shown != own:
        page.set_viewport_size({"width": own, "height": height})
    return found


def _without_ids(url: str) -> str:
    return re.sub(r"[0-9a-f-]{36}", "…", urlsplit(url).path)


def _violations(page: Page) -> list[str]:
    """Ask axe; once more where a part was exchanged while it looked (live.js)."""
    try:
        return _seen_by_axe(page)
    except Error:
        return _seen_by_axe(page)


def _seen_by_axe(page: Page) -> list[str]:
    """
    Return what it finds, by day among kinds of text and of parts that it has not seen in this run.

    Contrast takes two thirds of its time, so it judges the texts of kinds that are new alone. A
    page whose kinds are all known is not shown to it.
    """
    kinds: dict[str, list[str]] = page.evaluate(KINDS)
    unread = [each for each in kinds["texts"] if each not in _legible]
    if ALL:
        return _judged(page, EVERY_RULE)
    found = []
    if not _sound.issuperset(kinds["parts"]):
        found += _judged(page, ALL_BUT_CONTRAST)
        _sound.update([] if found else kinds["parts"])
    if unread:
        found += _judged(page, CONTRAST_ALONE, unread)
    return found


def _judged(page: Page, rules: dict[str, object], texts: Iterable[str] = ()) -> list[str]:
    """Return what these rules find on a page, or in its texts of some kinds."""
    if page.evaluate("typeof axe") == "undefined":  # it takes more than the look itself
        page.evaluate(AXE)
    seen: dict[str, list[str]] = page.evaluate(LOOK, [rules, list(texts)])
    _legible.update(seen["legible"])
    return seen["faults"]


def _widths(page: Page) -> tuple[int, ...]:
    own = _size(page)[0]
    return (own, SMALL_PHONE) if own <= MOST_PHONE else (own,)


def _size(page: Page) -> tuple[int, int]:
    size = page.viewport_size
    assert size is not None
    return size["width"], size["height"]


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


_SEEN: set[str] = set()


def axe_finds_nothing(page: Page, *, english: bool = False) -> None:
    """
    Assert that axe finds nothing and nothing goes sideways; at night in English too.

    A page that another parent has seen is not looked at again.
    """
    title = page.title()
    if title in _SEEN:
        return
    _SEEN.add(title)
    is_sound(page)
    if english and ALL:
        address = page.url
        page.get_by_role("link", name="English").click()
        page.goto(address)
        expect(page.locator("html")).to_have_attribute("lang", "en")
        is_sound(page)
        page.get_by_role("link", name="Français").click()
        page.goto(address)
