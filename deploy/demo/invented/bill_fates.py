"""
Outcome of an invented family's bills, drawn by the seed, the same each time. Pure.

Families pay the older bills more often than the latest. A case named after what happens to its
bills is left to that.
"""

import hashlib
from collections.abc import Mapping

from shared.contracts.billing.bills import CASH, CHEQUE, DEBIT, ONLINE, TRANSFER

UNPAID = ""
IN_PART = "in_part"
"""A cheque of half of it."""

EARLIER = ((38, CHEQUE), (74, TRANSFER), (80, CASH), (82, IN_PART), (100, UNPAID))
LATEST = ((16, CHEQUE), (33, TRANSFER), (38, CASH), (40, IN_PART), (100, UNPAID))
"""Fates of the latest bills, cumulated in percent."""
ALWAYS_ALIKE = ((2, ONLINE), (5, DEBIT))
"""Means of households that pay each bill of a régie in one way, cumulated in percent."""

SENT_OF_A_HUNDRED = 25
PAID_THERE_OF_A_HUNDRED = 60

NAMED: Mapping[str, str] = {
    "F001": UNPAID,  # Claire Lefèvre, whom the README signs in
    "old_debt": UNPAID,
    "refused_payment": UNPAID,
    "couple_t3": ONLINE,
    "credit_note": CHEQUE,
    "debit_reject": DEBIT,
}


def draw_fate_of_bill(seed: int, household: str, regie: str, month: str, *, is_latest: bool) -> str:
    """Return how a household pays its bill of a month: a means of payment, or a word from here."""
    if household in NAMED:
        return NAMED[household]
    habit, drawn = (
        _draw_percent(seed, household, regie),
        _draw_percent(seed, household, regie, month),
    )
    alike = next((means for below, means in ALWAYS_ALIKE if habit < below), None)
    return alike or next(how for below, how in (LATEST if is_latest else EARLIER) if drawn < below)


def goes_to_the_treasury(seed: int, household: str, regie: str) -> bool:
    """Return whether a household that never paid is reminded, and its bill handed over."""
    return (
        household == "old_debt"
        or _draw_percent(seed, household, regie, "treasury") < SENT_OF_A_HUNDRED
    )


def is_paid_at_the_treasury(seed: int, household: str, regie: str, month: str) -> bool:
    """Return whether a household pays the public accountant, of a régie whose bills are titres."""
    drawn = _draw_percent(seed, household, regie, month)
    return household not in NAMED and drawn < PAID_THERE_OF_A_HUNDRED


def cents_paid_by_fate(how: str, cents: int) -> int:
    """
    Return how much of a bill is paid by now where it is paid so.

    A debit is on its way: families have days of notice.
    """
    if how in (ONLINE, CHEQUE, CASH, TRANSFER):
        return cents
    return cents // 2 if how == IN_PART else 0


def _draw_percent(seed: int, *what: str) -> int:
    digest = hashlib.sha256("|".join((str(seed), *what)).encode()).digest()
    return int.from_bytes(digest[:4], "big") % 100
