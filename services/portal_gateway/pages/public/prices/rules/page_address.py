"""
Content of the address of a page of prices. Pure.

`t=ens.canteen.resident.3` is a tariff, a residence class and the number of a band in the grid of
the day `le`. A typed quotient is never part of it (decision 0023), nor is a commune.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

MOST_COMPARED = 4
MOST_CHILDREN, MOST_DAYS = 6, 7

_CODE = re.compile(r"[a-z0-9_]{1,40}")
_NUMBER = re.compile(r"[1-9]\d?")


@dataclass(frozen=True)
class Item:
    """
    One tariff of one provider, for a residence class and a band if the address has them.

    `residence` "": no price is asked for yet. `band` counts from 1; 0: no quotient is given.
    """

    provider: str
    tariff: str
    residence: str = ""
    band: int = 0

    @property
    def key(self) -> tuple[str, str]:
        return self.provider, self.tariff

    @property
    def as_text(self) -> str:
        """Return the choice as it is written in an address."""
        parts = [self.provider, self.tariff]
        if self.residence:
            parts.append(self.residence)
        if self.residence and self.band:
            parts.append(str(self.band))
        return ".".join(parts)

    def tariff_only(self) -> "Item":
        """Return the tariff alone, without for whom."""
        return replace(self, residence="", band=0)


@dataclass(frozen=True)
class Comparison:
    """
    The tariffs that a page of prices compares, their day, and the number of children and days.
    """

    items: Sequence[Item]
    on: date
    children: int = 1
    days: int = 1

    @property
    def query(self) -> Mapping[str, Any]:
        """Return the address's query, with what goes without saying left out."""
        query: dict[str, Any] = {"t": [compared.as_text for compared in self.items]}
        query["le"] = self.on.isoformat()
        if self.children > 1:
            query["enfants"] = self.children
        if self.days > 1:
            query["jours"] = self.days
        return query


def parse_item(text: str) -> Item | None:
    """Read one item of an address; None for what is none."""
    parts = text.split(".")
    if not 2 <= len(parts) <= 4 or not all(_CODE.fullmatch(part) for part in parts[:3]):
        return None
    band = parts[3] if len(parts) == 4 else ""
    if band and not _NUMBER.fullmatch(band):
        return None
    return Item(parts[0], parts[1], parts[2] if len(parts) > 2 else "", int(band or 0))


def parse_items(texts: Iterable[str]) -> list[Item]:
    """Read the items of an address, each tariff once, as many as a page compares."""
    read = [parsed for text in texts if (parsed := parse_item(text))]
    return list({parsed_item.key: parsed_item for parsed_item in reversed(read)}.values())[::-1][
        :MOST_COMPARED
    ]


def parse_count(text: str, most: int) -> int:
    """Read how many children or days; what is no such number is 1."""
    value = int(text) if _NUMBER.fullmatch(text) else 1
    return value if value <= most else 1
