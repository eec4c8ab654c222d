"""Anomalies of a household's draft, for a check before the run is issued."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.billing.bills.rules.draft import Draft
from services.billing.pricing.rules.inputs_and_lines import Payer

MUCH_CENTS, MUCH_PERCENT = 2_000, 50
"""A bill is unusual where it differs from what is usual by more than both."""

MAXIMUM = "maximum"


@dataclass(frozen=True)
class LastMonth:
    """What a household was billed of the month before, and on how many days each month counts."""

    cents: int
    days: int = 0
    days_this_month: int = 0

    @property
    def usual_cents(self) -> tuple[int, int]:
        """
        Return between which amounts a bill is usual: as last month, or as much a day.

        After a month of holidays every bill is higher: nobody would look at the unusual ones.
        """
        as_much_a_day = self.cents
        if self.days and self.days_this_month:
            as_much_a_day = self.cents * self.days_this_month // self.days
        return min(self.cents, as_much_a_day), max(self.cents, as_much_a_day)


def anomalies_of_draft(
    draft: Draft,
    payer: Payer,
    last_month: LastMonth,
    *,
    is_first: bool,
    has_address: bool,
    disputed: bool,
) -> list[str]:
    """Return codes of shared/contracts/regie.ANOMALIES, in that order."""
    without_quotient = any(line.reason.get("code") == MAXIMUM for line in draft.added)
    least, most = last_month.usual_cents
    anomalies = {
        "much_more": _is_much(draft.total_cents - most, most) and not is_first,
        "much_less": _is_much(least - draft.total_cents, least),
        "first_bill": is_first and draft.becomes_invoice,
        "no_quotient": without_quotient and not payer.quotients,
        "quotient_expired": without_quotient and bool(payer.quotients),
        "no_price": draft.unpriced,
        "no_address": not has_address,
        "disputed": disputed,
        "adjusted": draft.corrects,
    }
    return [code for code, is_so in anomalies.items() if is_so]


def _is_much(difference: int, usual_cents: int) -> bool:
    return difference > max(MUCH_CENTS, usual_cents * MUCH_PERCENT // 100)


def has_address(block: Iterable[str]) -> bool:
    """Say whether an address block holds more than a name."""
    return len(list(block)) > 1
