"""Lines of a bill in reading order: by child, by month, carried-over months last. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.contracts.billing.bills import Line

AT_HIGHEST_PRICE = "maximum"
"""Code of the reason of a price for which no quotient was known."""


@dataclass(frozen=True)
class Part:
    """Lines of one child, or of the household as such, in one month."""

    child: str
    """A first name; "" for the household as such."""
    month: str
    carried: bool
    """The month is an earlier one than the bill's: carried over, or corrected."""
    lines: list[Line]

    @property
    def cents(self) -> int:
        return sum(line["cents"] for line in self.lines)


def parts_by_child(lines: Iterable[Line], month: str) -> list[Part]:
    """Return the lines in parts, children as billing orders them, the bill's own month first."""
    by_month: dict[str, dict[str, list[Line]]] = {}
    for line in lines:
        by_month.setdefault(line["child"], {}).setdefault(line["month"], []).append(line)
    return [
        Part(child, line_month, line_month != month, months[line_month])
        for child, months in by_month.items()
        for line_month in sorted(months, key=lambda line_month: (line_month != month, line_month))
    ]


def line_by_number(lines: Iterable[Line], number: int) -> Line | None:
    """Return one line of a bill by its number; None where there is none."""
    return next((line for line in lines if line["line"] == number), None)


def do_lines_lack_quotient(lines: Iterable[Line]) -> bool:
    """Say whether lines have the highest price because no quotient was known."""
    return any(line["reason"]["code"] == AT_HIGHEST_PRICE for line in lines)
