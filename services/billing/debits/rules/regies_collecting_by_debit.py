"""Régies as creditors of direct debits (SEPA)."""

from datetime import date, datetime

from services.billing.debits.rules.banking_days import first_day_after_notice
from shared.dates.clock import PARIS
from shared.register import Regie


def does_regie_collect_by_debit(regie: Regie) -> bool:
    """Say whether a régie collects by direct debit."""
    finance = regie.finance
    return bool(finance and finance.ics and finance.iban and finance.bic)


def earliest_day_to_collect(regie: Regie, at: datetime) -> date:
    """Return the first day that leaves families their notice: 14 days, or as was agreed."""
    days = regie.finance.notice_days if regie.finance else 14
    return first_day_after_notice(at.astimezone(PARIS).date(), days)
