"""A hand at a desk or at the portal: it counts its taps, and the pages that come of them."""

from pathlib import Path
from time import monotonic

from playwright.sync_api import Locator, Page

DOCS = Path(__file__).resolve().parents[2] / "docs"
ACTS, JOURNEYS = DOCS / "desk-acts.md", DOCS / "journeys.md"
GO_ON = ("/actes/", "/regie/courriers/")
"""
Addresses of pages that renew themselves: a family's order once the provider's card has come, a
round of letters while it is laid out.
"""


class Hand:
    """Taps from a first page on, compared with the page that tells them: of desks, of families."""

    def __init__(self, page: Page, told_in: Path = ACTS) -> None:
        self.page = page
        self.told_in = told_in
        self.taps = self.pages = 0
        self.shown, self.tapped = "", False
        self.began = monotonic()
        page.on("load", self._loaded)

    def begins_at(self, address: str) -> None:
        self.page.goto(address)
        self.begins_here()

    def begins_here(self) -> None:
        self._waits_for_what_loaded()
        self.taps = self.pages = 0
        self.began = monotonic()

    def taps_on(self, what: Locator) -> None:
        """Tap once the page is counted: one that is left sooner never says that it is there."""
        self._waits_for_what_loaded()
        self.taps += 1
        self.tapped = True
        what.click()

    def tells(self, act: str, most: int) -> None:
        """
        Print the row of an act, which the page of acts has too; more than `most` taps fail.

        The seconds are the machine's own, and no row is held to them.
        """
        self._waits_for_what_loaded()
        row = f"| {act} | {self.taps} | {self.pages} |"
        print(row, f"{monotonic() - self.began:.1f} s")
        assert self.taps <= most
        assert row in self.told_in.read_text("utf-8")

    def _waits_for_what_loaded(self) -> None:
        """Wait until the page is there and has been counted: its event may come after it."""
        self.page.wait_for_load_state("load")
        self.page.evaluate("document.readyState")

    def _loaded(self, page: Page) -> None:
        """Count a page, unless the one before it led on to it by itself."""
        led_on = any(part in self.shown for part in GO_ON) and not self.tapped
        self.pages += not led_on
        self.shown, self.tapped = page.url, False
