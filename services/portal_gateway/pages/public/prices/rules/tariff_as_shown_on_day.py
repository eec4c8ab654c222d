"""One tariff on a page: its grid of the day, what follows, and for whom it is asked. Pure."""

from dataclasses import dataclass, replace
from datetime import date

from services.portal_gateway.pages.public.prices.rules import grids
from services.portal_gateway.pages.public.prices.rules.page_address import Item
from services.portal_gateway.pages.public.prices.rules.published_tariffs import (
    Published,
    PublishedGrid,
    PublishedTariff,
)
from services.portal_gateway.pages.public.prices.rules.quotes import Quoted


@dataclass(frozen=True)
class ShownTariff:
    """One tariff of a page. `grid` None: none published for the day; `quoted` None: no quote."""

    item: Item
    published: Published
    grid: PublishedGrid | None
    following: PublishedGrid | None
    quoted: Quoted | None = None

    @property
    def content(self) -> PublishedTariff:
        return self.published.content

    @property
    def activity_name(self) -> str:
        """Return the activity's name where the tariff is called otherwise, "" elsewhere."""
        activity = self.published.activity
        return activity.label if activity and activity.label != self.content["label"] else ""

    @property
    def classes(self) -> dict[str, str]:
        return grids.class_labels(self.published.classes)

    @property
    def asks_commune(self) -> bool:
        return len(self.content["residences"]) > 1

    @property
    def asks_quotient(self) -> bool:
        """Say whether a price depends on the quotient, in some residence class."""
        return self.grid is not None and any(
            grids.asks_quotient(grids.bands_of_residence(self.content, self.grid, code), code)
            for code in self.content["residences"]
        )

    @property
    def band_limits(self) -> tuple[int, int | None] | None:
        """Return the limits of the band that the address names, in cents; None where none does."""
        if self.grid is None or not self.item.band:
            return None
        rows = grids.bands_of_residence(self.content, self.grid, self.item.residence)
        if self.item.band > len(rows):
            return None
        row = rows[self.item.band - 1]
        return row.start, row.end


def tariff_on_day(item: Item, published: Published, day: date) -> ShownTariff:
    """Return a tariff as it is on a day; a residence class that it does not have is left out."""
    if item.residence not in published.content["residences"]:
        item = item.tariff_only()
    return ShownTariff(
        item,
        published,
        grids.grid_on(published.content, day),
        grids.next_grid(published.content, day),
    )


def tariff_for_visitor(
    shown: ShownTariff, day: date, commune: str, quotient_cents: int | None
) -> ShownTariff:
    """Return a tariff for the residence class of a commune and the band of a quotient."""
    residences = shown.content["residences"]
    residence = (
        residences[0]
        if len(residences) == 1
        else grids.residence_class_of(shown.published.classes, commune, day)
    )
    if shown.grid is None or residence not in residences:
        return replace(shown, item=shown.item.tariff_only())
    rows = grids.bands_of_residence(shown.content, shown.grid, residence)
    asks = quotient_cents is not None and grids.asks_quotient(rows, residence)
    band = grids.band_number(rows, quotient_cents) if asks and quotient_cents is not None else 0
    return replace(shown, item=replace(shown.item, residence=residence, band=band))
