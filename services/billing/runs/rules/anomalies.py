"""Anomalies of a household's draft, for a check before the run is issued."""

from collections.abc import Iterable

from services.billing.bills.rules.draft import Draft
from services.billing.pricing.rules.inputs_and_lines import Payer

MUCH_CENTS, MUCH_PERCENT = 2_000, 50
"""A bill is unusual where it differs from last month's by more than both."""

MAXIMUM = "maximum"


def anomalies_of_draft(
    draft: Draft,
    payer: Payer,
    last_month_cents: int,
    *,
    is_first: bool,
    has_address: bool,
    disputed: bool,
) -> list[str]:
    """Return codes of shared/contracts/regie.ANOMALIES, in that order."""
    without_quotient = any(line.reason.get("code") == MAXIMUM for line in draft.added)
    difference = draft.total_cents - last_month_cents
    much = abs(difference) > max(MUCH_CENTS, last_month_cents * MUCH_PERCENT // 100)
    anomalies = {
        "much_more": much and difference > 0 and not is_first,
        "much_less": much and difference < 0,
        "first_bill": is_first and draft.becomes_invoice,
        "no_quotient": without_quotient and not payer.quotients,
        "quotient_expired": without_quotient and bool(payer.quotients),
        "no_price": draft.unpriced,
        "no_address": not has_address,
        "disputed": disputed,
        "adjusted": draft.corrects,
    }
    return [code for code, is_so in anomalies.items() if is_so]


def has_address(block: Iterable[str]) -> bool:
    """Say whether an address block holds more than a name."""
    return len(list(block)) > 1
