"""Tariffs of a provider, for tests of what it writes and publishes; amounts in cents."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from services.enrolment.offer.tariffs.commands import editing
from services.enrolment.offer.tariffs.commands import residence_classes as classes
from services.enrolment.store import store
from shared.dates.clock import today

TOWN, OUTSIDE = "resident", "outside"
CLASSES = [
    {"code": TOWN, "label": "Habitants"},
    {"code": OUTSIDE, "label": "Extérieurs"},
]

Content = dict[str, Any]


def last_year() -> date:
    return today() - timedelta(days=365)


def soon() -> date:
    return today() + timedelta(days=10)


def later() -> date:
    return today() + timedelta(days=40)


def flat(cents: int) -> Content:
    return {
        "kind": "flat",
        "cents": cents,
        "rate_ppm": 0,
        "floor_cents": 0,
        "ceiling_cents": 0,
    }


def effort(rate_ppm: int, floor_cents: int, ceiling_cents: int) -> Content:
    limits = {"floor_cents": floor_cents, "ceiling_cents": ceiling_cents}
    return {"kind": "effort", "cents": 0, "rate_ppm": rate_ppm, **limits}


def band(start: int, end: int | None, cents: int, *others: int) -> Content:
    """Return a band of quotients in euros; `others` are the prices of the second child, …"""
    return {
        "from_cents": start * 100,
        "to_cents": None if end is None else end * 100,
        "label": "",
        "price": flat(cents),
        "by_rank": [flat(other) for other in others],
    }


def column(bands: Sequence[Content], *residences: str, variant: str = "") -> Content:
    return {"residences": list(residences), "variant": variant, "bands": list(bands)}


def part(*columns: Content, label: str = "Repas", **more: Any) -> Content:
    plain = {"label": label, "tax": "food", "budget": "", "sibling_percent": []}
    return {**plain, "columns": list(columns), **more}


def everybody(cents: int) -> Content:
    """Return a part with one price for all."""
    return part(column([band(0, None, cents)], TOWN, OUTSIDE))


def grid(first: date, last: date | None = None, cents: int = 300, **more: Any) -> Content:
    """Return a grid in which a meal costs the same for all."""
    plain: Content = {
        "valid_from": first,
        "valid_to": last,
        "decision": "Délibération n° 1",
        "proration": "whole",
        "parts": [everybody(cents)],
        "surcharges": [],
    }
    return plain | more


def terms(**more: Any) -> Content:
    plain: Content = {
        "activity": "canteen",
        "label": "Repas",
        "unit": "session",
        "per": "child",
        "residences": [TOWN, OUTSIDE],
        "variants": [""],
        "duration": None,
        "periods": [],
    }
    return plain | more


def tariff(grids: Iterable[Content], **more: Any) -> Content:
    """Return a whole tariff, as the contract loads it."""
    return {**terms(**more), "grids": list(grids)}


def residences(*communes: Content) -> Content:
    return {"classes": CLASSES, "elsewhere": OUTSIDE, "communes": list(communes)}


def commune(insee: str, first: date, last: date | None = None, residence: str = TOWN) -> Content:
    return {"insee": insee, "residence": residence, "valid_from": first, "valid_to": last}


def with_classes() -> None:
    """Write the provider's residence classes."""
    with store.write() as write:
        classes.write_first_classes(write, CLASSES, OUTSIDE)


def with_tariff(first_grid: Content, code: str = "meal", **more: Any) -> str:
    """Write classes and a tariff as the administrator does; return its code."""
    with_classes()
    with store.write() as write:
        editing.add_tariff(write, code, terms(**more), first_grid, today())
    return code
