"""Some published prices, each from the lowest to the highest: one of each kind first. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from services.portal_gateway.pages.open.prices.rules import grids
from services.portal_gateway.pages.open.prices.rules.grids import Content, Range
from services.portal_gateway.pages.open.prices.rules.published_tariffs import Published
from shared.contracts.enrolment import tariffs

MOST_PRICES = 4


@dataclass(frozen=True)
class ChosenPrice:
    """One tariff of today, between which prices its unit lies."""

    provider: str
    tariff: str
    content: Content
    range: Range

    @property
    def address(self) -> str:
        return f"{self.provider}.{self.tariff}"


def choose_prices(
    published: Iterable[Published], kinds: Sequence[str], day: date
) -> list[ChosenPrice]:
    """Return the first tariff of each kind, in the order of `kinds`, then second ones."""
    published = [tariff for tariff in published if tariff.content["per"] == tariffs.CHILD]
    ranked = [
        (at, kinds.index(_kind_of(tariff)), tariff)
        for _, same in groupby(sorted(published, key=_kind_of), key=_kind_of)
        for at, tariff in enumerate(_on_day(same, day))
        if _kind_of(tariff) in kinds
    ]
    ranked.sort(key=lambda row: row[:2])
    return [_chosen(tariff, day) for _, _, tariff in ranked[:MOST_PRICES]]


def _kind_of(tariff: Published) -> str:
    return tariff.activity.regime if tariff.activity else ""


def _on_day(published: Iterable[Published], day: date) -> list[Published]:
    return [tariff for tariff in published if grids.grid_on(tariff.content, day)]


def _chosen(tariff: Published, day: date) -> ChosenPrice:
    prices = grids.range_of(tariff.content, grids.grid_on(tariff.content, day) or {})
    return ChosenPrice(tariff.provider, tariff.tariff, tariff.content, prices)
