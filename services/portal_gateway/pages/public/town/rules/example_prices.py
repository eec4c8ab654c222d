"""Some published prices, each from the lowest to the highest: one of each kind first. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from services.portal_gateway.pages.public.prices.rules import grids
from services.portal_gateway.pages.public.prices.rules.grids import Range
from services.portal_gateway.pages.public.prices.rules.published_tariffs import (
    Published,
    PublishedTariff,
)
from shared.contracts.enrolment import tariffs

MOST_PRICES = 4


@dataclass(frozen=True)
class ChosenPrice:
    """One tariff of today, between which prices its unit lies."""

    provider: str
    tariff: str
    content: PublishedTariff
    range: Range

    @property
    def item_in_address(self) -> str:
        return f"{self.provider}.{self.tariff}"


def choose_prices(
    published: Iterable[Published], kinds: Sequence[str], day: date
) -> list[ChosenPrice]:
    """Return the first tariff of each kind, in the order of `kinds`, then second ones."""
    published = [tariff for tariff in published if tariff.content["per"] == tariffs.CHILD]
    ranked = [
        (at, kinds.index(kind), chosen)
        for kind, same in groupby(sorted(published, key=_regime_of_tariff), key=_regime_of_tariff)
        for at, chosen in enumerate(_prices_on_day(same, day))
        if kind in kinds
    ]
    ranked.sort(key=lambda row: row[:2])
    return [chosen for _, _, chosen in ranked[:MOST_PRICES]]


def _regime_of_tariff(tariff: Published) -> str:
    return tariff.activity.regime if tariff.activity else ""


def _prices_on_day(published: Iterable[Published], day: date) -> Iterator[ChosenPrice]:
    for tariff in published:
        grid = grids.grid_on(tariff.content, day)
        if grid is not None:
            prices = grids.price_range_of(tariff.content, grid)
            yield ChosenPrice(tariff.provider, tariff.tariff, tariff.content, prices)
