"""Sums that vouchers may pay of a bill: care for a CESU, leisure for chèques-vacances. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from shared.contracts.billing.bills import ANCV, CESU, E_CESU
from shared.contracts.enrolment.tariffs import CHILDCARE, FOOD
from shared.register import Regie

SIX_YEARS = 6

SAME_LIMIT: Mapping[str, tuple[str, ...]] = {
    CESU: (CESU, E_CESU),
    E_CESU: (CESU, E_CESU),
    ANCV: (ANCV,),
}
"""Kinds of vouchers that pay the same lines, by kind: together they pay them once."""


@dataclass(frozen=True, slots=True)
class VoucherLine:
    """A line of a bill net of credit notes; `last_day` is the last that it counts."""

    activity: str
    tax: str
    last_day: date
    birth_date: date | None
    cents: int


def cents_payable_by_voucher(means: str, regie: Regie, lines: Iterable[VoucherLine]) -> int:
    """Return what a kind of voucher may pay of a bill's lines, as the régie takes it."""
    return sum(line.cents for line in lines if may_voucher_pay(means, regie, line))


def may_voucher_pay(means: str, regie: Regie, line: VoucherLine) -> bool:
    """
    Return whether a kind of voucher may pay a line.

    A CESU pays care alone, of children of six and more before and after class only, and no meal
    (art. L1271-1 code du travail); chèques-vacances pay leisure, and no meal.
    """
    if not is_of_voucher_kind(means, line.tax):
        return False
    if means == ANCV:
        return line.activity in regie.ancv_for
    return line.activity in regie.cesu_for or (
        line.activity in regie.cesu_under_six_for
        and _is_under_six_on(line.birth_date, line.last_day)
    )


def is_of_voucher_kind(means: str, tax: str) -> bool:
    """Say whether a kind of voucher pays such lines at all, at whichever régie."""
    return tax != FOOD if means == ANCV else tax == CHILDCARE


def _is_under_six_on(birth_date: date | None, day: date) -> bool:
    if birth_date is None:
        return False
    born = (birth_date.year + SIX_YEARS, birth_date.month, birth_date.day)
    return born > (day.year, day.month, day.day)
