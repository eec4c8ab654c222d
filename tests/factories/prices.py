"""Tariffs as a provider would publish them, whoever pays, and what was counted: for pricing."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import count
from typing import Any

from services.billing.pricing.rules.inputs_and_lines import (
    Address,
    Child,
    Line,
    Payer,
    PayerShare,
    Place,
    Quantity,
    Quotient,
)
from services.billing.pricing.rules.month_lines import lines_of_month
from services.billing.pricing.rules.residence_classes import Residences, parse_residences
from services.billing.pricing.rules.tariff import Tariff, parse_tariff
from shared.contracts.enrolment import tariffs as contract

INSIDE, OUTSIDE = "inside", "outside"
HERE, THERE = "28901", "99999"
SEPTEMBER = date(2026, 9, 1)

Content = dict[str, Any]
_places = count(1)


def flat(euros: str) -> Content:
    """Return a flat price, written as a grid writes it: "2.35"."""
    return {"kind": "flat", "cents": cents(euros)}


def effort(percent: str, floor: str, ceiling: str) -> Content:
    """Return a part of the quotient between a floor and a ceiling: "0.9" percent."""
    return {
        "kind": "effort",
        "rate_ppm": cents(percent) * 100,
        "floor_cents": cents(floor),
        "ceiling_cents": cents(ceiling),
    }


def cents(euros: str) -> int:
    """Return "2.35" as 235, without a float on the way."""
    whole, _, rest = euros.partition(".")
    return int(whole) * 100 + int((rest + "00")[:2])


def bands(limits: Sequence[int], prices: Sequence[str | Content]) -> list[Content]:
    """Return bands between limits in whole euros, the last without end, called T1, T2…"""
    starts = (0, *(limit * 100 for limit in limits))
    ends = (*starts[1:], None)
    return [
        band(first, end, price, label=f"T{number}")
        for number, (first, end, price) in enumerate(zip(starts, ends, prices, strict=True), 1)
    ]


def band(
    first: int, end: int | None, price: str | Content, label: str = "", by_rank: Sequence[str] = ()
) -> Content:
    """Return one band of a column; `by_rank` from the second child on."""
    return {
        "from_cents": first,
        "to_cents": end,
        "label": label,
        "price": flat(price) if isinstance(price, str) else price,
        "by_rank": [flat(row) for row in by_rank],
    }


def column(of: Sequence[Content] | str | Content, *residences: str, variant: str = "") -> Content:
    """Return a column of bands, or of one price whatever the quotient."""
    bands = list(of) if isinstance(of, list) else [band(0, None, of)]  # type: ignore[arg-type]
    return {"residences": residences or (INSIDE,), "variant": variant, "bands": bands}


def part(label: str, *columns: Content, tax: str = "other", less: Sequence[int] = ()) -> Content:
    """Return a part of the price; `less` percent for the second child, the third…"""
    return {"label": label, "tax": tax, "columns": columns, "sibling_percent": less}


def surcharge(when: str, euros: str, effect: str = "add", **more: Any) -> Content:
    """Return what an outcome changes."""
    return {"label": when, "when": when, "effect": effect, "cents": cents(euros), **more}


def grid(
    *parts: Content,
    first: date = SEPTEMBER,
    last: date | None = None,
    surcharges: Sequence[Content] = (),
) -> Content:
    """Return the prices from a day on."""
    return {
        "valid_from": first.isoformat(),
        "valid_to": last.isoformat() if last else None,
        "decision": "délibération 2026-45",
        "parts": parts,
        "surcharges": surcharges,
    }


def content(*grids: Content, activity: str = "canteen", **more: Any) -> Content:
    """Return a tariff as it travels, read by its contract: what that refuses is raised."""
    columns = [column for grid in grids for part in grid["parts"] for column in part["columns"]]
    written = {
        "activity": activity,
        "label": activity.capitalize(),
        "unit": "session",
        "residences": sorted(
            {residence for column in columns for residence in column["residences"]}
        ),
        "variants": sorted({column["variant"] for column in columns}),
        "grids": grids,
        **more,
    }
    shape = contract.tariff_schema
    return dict(shape.dump(shape.load(written)))


def tariff(*grids: Content, code: str = "", activity: str = "canteen", **more: Any) -> Tariff:
    """Return a tariff that the contract accepts, as pricing reads it."""
    return parse_tariff("ens", code or activity, content(*grids, activity=activity, **more))


RESIDENCES: Residences = parse_residences(
    {
        "classes": [
            {"code": INSIDE, "label": "Habitants"},
            {"code": OUTSIDE, "label": "Hors commune"},
        ],
        "elsewhere": OUTSIDE,
        "communes": [
            {
                "insee": HERE,
                "residence": INSIDE,
                "valid_from": "2012-01-01",
                "valid_to": None,
            }
        ],
    }
)


def payer(
    quotient: int | None = None,
    *children: str,
    lives: Mapping[date, str] | str = HERE,
    quotients: Sequence[Quotient] = (),
) -> Payer:
    """Return a payer with a quotient in whole euros; children are named from the eldest on."""
    known = (Quotient(quotient * 100, "caf", SEPTEMBER, None),) if quotient is not None else ()
    where = {date(2020, 1, 1): lives} if isinstance(lives, str) else lives
    return Payer(
        household_id="household",
        quotients=quotients or known,
        addresses=tuple(Address(day, insee, f"commune {insee}") for day, insee in where.items()),
        children=tuple(
            Child(name, name.capitalize(), date(2015 + at, 5, 4))
            for at, name in enumerate(children or ("lea",))
        ),
    )


def came(
    day: int, child: str = "lea", activity: str = "canteen", outcome: str = "present", **more: Any
) -> Quantity:
    """Return that a child came, or did not, on a day of November 2026."""
    quantity = more.pop("quantity", 1)
    return Quantity(child, activity, date(2026, 11, day), outcome, quantity, **more)


def place(
    first: date,
    last: date | None = None,
    child: str = "lea",
    activity: str = "music",
    share_bp: int = 10_000,
    after_bp: int = 0,
) -> Place:
    """Return a place of a child, with one share of the payer from its first day to its last."""
    shares = ((date.min, PayerShare(share_bp, after_bp)),)
    return Place(f"place {next(_places):04}", child, activity, first, last, shares)


def meals(**more: Any) -> Tariff:
    """Return a meal in two bands for inhabitants, at one price for others."""
    columns = column(bands((600,), ["1.50", "3.00"])), column("6.00", OUTSIDE)
    return tariff(grid(part("Repas", *columns), **more))


def november(who: Payer, counted: Sequence[Quantity], *of: Tariff) -> tuple[Line, ...]:
    """Return the lines of November 2026, for what is priced by quantities."""
    return lines_of_month("2026-11", who, counted, (), of, RESIDENCES)


def shown(lines: Sequence[Line]) -> list[tuple[str, int, int]]:
    """Return each line as its part, quantity and unit price."""
    return [(line.part, line.quantity, line.unit_cents) for line in lines]


def total(lines: Sequence[Line]) -> int:
    """Return what lines come to, in cents."""
    return sum(line.cents for line in lines)
