"""A hand at a desk or on a phone: it counts its taps, and the pages that come of them."""

from pathlib import Path

from playwright.sync_api import Locator, Page

DOCS = Path(__file__).resolve().parents[2] / "docs"
ACTS, JOURNEYS = DOCS / "desk-acts.md", DOCS / "journeys.md"


class Hand:
    """Taps from a first page on, compared with the page of acts."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.taps = self.pages = 0
        page.on("load", self._loaded)

    def begins_at(self, address: str) -> None:
        self.page.goto(address)
        self.taps = self.pages = 0

    def taps_on(self, what: Locator) -> None:
        self.taps += 1
        what.click()

    def tells(self, act: str, most: int, document: Path = ACTS) -> None:
        """Print the row of an act, which a document has too; more than `most` taps fail."""
        self.page.wait_for_load_state("load")
        row = f"| {act} | {self.taps} | {self.pages} |"
        print(row)
        assert self.taps <= most
        assert row in document.read_text("utf-8")

    def _loaded(self, _page: Page) -> None:
        self.pages += 1
