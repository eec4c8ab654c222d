"""
A grid as one reads it: bands down, residence classes across, the parts of the price side by side.

Pure. A contract has bands per part and column; here the columns with the same limits share a table.
Where the parts of one public have other limits, their bands are cut to the finest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from shared.contracts.enrolment.tariffs import Band, Part, Price


class PricedParts(TypedDict):
    """A grid, whatever its days are written as."""

    parts: list[Part]


Cells = Mapping[tuple[int, str], Sequence[Price]]
"""Prices of the first child, the second… by part and residence class; one: for all alike."""


@dataclass(frozen=True)
class Row:
    """The prices of the quotients from `start` up to, and without, `end` (None: no end); cents."""

    start: int
    end: int | None
    label: str
    cells: Cells


@dataclass(frozen=True)
class Table:
    """Rows for who comes in one way, of some residence classes."""

    variant: str
    residences: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def count_priced_ranks(self) -> int:
        """Return for how many children of a household there are prices of their own."""
        return max(len(prices) for row in self.rows for prices in row.cells.values())

    @property
    def residences_priced_alike(self) -> tuple[tuple[str, ...], ...]:
        """Return the residence classes, those together that pay the same everywhere."""
        bands_found: dict[str, list[str]] = {}
        for code in self.residences:
            paid = [
                [prices for (_, one), prices in row.cells.items() if one == code]
                for row in self.rows
            ]
            bands_found.setdefault(repr(paid), []).append(code)
        return tuple(tuple(codes) for codes in bands_found.values())


def tables_of(
    grid: PricedParts, residences: Sequence[str], variants: Sequence[str] = ("",)
) -> list[Table]:
    """Return the tables of a grid: a variant at a time, in the order of the residence classes."""
    together: dict[tuple[str, tuple[int, ...]], list[str]] = {}
    for variant in variants:
        for code in residences:
            limits = _band_limits(grid, code, variant)
            together.setdefault((variant, limits), []).append(code)
    return [
        Table(variant, tuple(codes), _rows_of_bands(grid, limits, codes, variant))
        for (variant, limits), codes in together.items()
    ]


def bands_of_public(part: Part, residence: str, variant: str) -> Sequence[Band]:
    """Return the bands of one public in one part."""
    return next(
        column["bands"]
        for column in part["columns"]
        if column["variant"] == variant and residence in column["residences"]
    )


def _band_limits(grid: PricedParts, residence: str, variant: str) -> tuple[int, ...]:
    bands = [band for part in grid["parts"] for band in bands_of_public(part, residence, variant)]
    return tuple(sorted({band["from_cents"] for band in bands}))


def _rows_of_bands(
    grid: PricedParts, limits: Sequence[int], residences: Sequence[str], variant: str
) -> tuple[Row, ...]:
    rows = []
    for start, end in zip(limits, [*limits[1:], None], strict=True):
        bands_found = {
            (at, code): _band_at(bands_of_public(part, code, variant), start)
            for at, part in enumerate(grid["parts"])
            for code in residences
        }
        label = next((band["label"] for band in bands_found.values() if band["label"]), "")
        cells = {where: [band["price"], *band["by_rank"]] for where, band in bands_found.items()}
        rows.append(Row(start, end, label, cells))
    return tuple(rows)


def _band_at(bands: Sequence[Band], cents: int) -> Band:
    return [band for band in bands if band["from_cents"] <= cents][-1]
