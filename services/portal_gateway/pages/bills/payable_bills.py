"""Bills that wait to be paid by who is signed in, and the round under way."""

from services.portal_gateway.bills.queries import round_bills_of
from services.portal_gateway.bills.rules import regies
from services.portal_gateway.bills.rules.bills import Bill
from services.portal_gateway.bills.rules.payment_rounds import Round, round_of
from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.session import current_user
from services.portal_gateway.store import store
from shared.dates.clock import now
from shared.web.base.app import shell_here


def is_payable(bill: Bill) -> bool:
    """Say whether « Payer » may be offered for a bill."""
    return regies.is_payable_online(shell_here().register, bill)


def current_round() -> Round:
    """Return the round of who is signed in, as the cards have its bills; empty without one."""
    with store.read() as read:
        ids = round_bills_of(read, current_user.subject(), now())
    return round_of(ids, current_overview().accounts, is_payable)
