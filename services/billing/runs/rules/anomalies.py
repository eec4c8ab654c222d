"""Anomalies of a household's draft, for a check before the run is issued."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from services.billing.bills.rules.draft import Draft
from services.billing.pricing.rules.inputs_and_lines import Payer

MUCH_CENTS, MUCH_PERCENT = 2_000, 50
"""A bill is unusual where it differs from what is usual by more than both."""

MAXIMUM = "maximum"


@dataclass(frozen=True)
class LastMonth:
    """A household's bill of the month before, and the days of each month by activity."""

    cents: int
    days: Mapping[str, int] = field(default_factory=dict)
    days_this_month: Mapping[str, int] = field(default_factory=dict)

    def usual_cents(self, activities: Iterable[str]) -> tuple[int, int]:
        """
        Return between which amounts a bill of these is usual: as last month, or as much a day.

        After a month of holidays every bill is higher: nobody would look at the unusual ones. Days
        of a centre in the holidays are none of the canteen's.
        """
        usual = [self.cents]
        for activity in activities:
            before, after = self.days.get(activity, 0), self.days_this_month.get(activity, 0)
            if before and after:
                usual.append(self.cents * after // before)
        return min(usual), max(usual)


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
    least, most = last_month.usual_cents({line.activity for line in draft.added})
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
