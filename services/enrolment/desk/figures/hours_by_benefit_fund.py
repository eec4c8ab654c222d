"""Hours of a quarter parted by the families' fund, as billing answers who holds the régie."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from services.enrolment.desk.regie import billing_client
from services.enrolment.figures.rules.caf_hours import HoursLine
from services.enrolment.figures.rules.hours_by_benefit_fund import (
    Met,
    lines_parted_by_fund,
    sittings_behind_lines,
    surplus_minutes,
)
from shared.contracts.billing.figures.hours_by_benefit_fund import (
    MOST_SITTINGS,
    FundHours,
    FundHoursRequest,
    Sitting,
    fund_hours,
)
from shared.contracts.errors import NoAnswer, Unavailable


@dataclass(frozen=True)
class Parted:
    """Lines by fund; `surplus` are minutes that billing counts and the roll calls do not."""

    lines: Sequence[HoursLine]
    surplus: int


def hours_lines_by_fund(
    lines: Sequence[HoursLine], met: Sequence[Met], holidays: Collection[date]
) -> Parted | None:
    """Return these lines by fund; None while billing is silent."""
    sittings = sittings_behind_lines(met, lines, holidays)
    try:
        hours = [
            row for part in _sittings_in_portions(sittings) for row in _ask_billing_for_funds(part)
        ]
    except (NoAnswer, Unavailable):
        return None
    parted = lines_parted_by_fund(lines, hours)
    return Parted(parted, max(0, surplus_minutes(lines, parted)))


def _ask_billing_for_funds(sittings: list[Sitting]) -> Sequence[FundHours]:
    request = FundHoursRequest(sittings)
    return billing_client.ask_billing(
        fund_hours, request, deadline=billing_client.LONG_SECONDS
    ).rows


def _sittings_in_portions(sittings: Sequence[Sitting]) -> list[list[Sitting]]:
    starts = range(0, len(sittings), MOST_SITTINGS)
    return [list(sittings[start : start + MOST_SITTINGS]) for start in starts]
