"""Questions to billing about published prices, and its quotes in answer. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.portal_gateway.pages.public.prices.rules import grids
from services.portal_gateway.pages.public.prices.rules.page_address import Item
from services.portal_gateway.pages.public.prices.rules.published_tariffs import (
    Published,
    PublishedGrid,
)
from shared.contracts.billing.prices.public_price_cases import Quote
from shared.web.prices.grid_tables import Row


@dataclass(frozen=True)
class PriceQuestion:
    """One tariff for whom the address, or the form, says; `quotient_cents` was typed just now."""

    item: Item
    published: Published
    grid: PublishedGrid
    quotient_cents: int | None = None

    @property
    def bands(self) -> Sequence[Row]:
        return grids.bands_of_residence(self.published.content, self.grid, self.item.residence)

    @property
    def asked_band(self) -> Row | None:
        """Return the band that is asked for; None where no quotient is said."""
        rows = self.bands
        if not grids.asks_quotient(rows, self.item.residence):
            return rows[0] if rows else None
        return rows[self.item.band - 1] if 0 < self.item.band <= len(rows) else None


@dataclass(frozen=True)
class Quoted:
    """
    Quote of one question: with `most` if a band has no single price, as under a rate of effort.
    """

    question: PriceQuestion
    least: Quote
    most: Quote | None = None
