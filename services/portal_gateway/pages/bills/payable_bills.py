"""Bills that wait to be paid by who is signed in, the round under way, and where tickets go."""

from collections.abc import Sequence

from services.portal_gateway.bills.queries import round_bills_of
from services.portal_gateway.bills.rules import regies
from services.portal_gateway.bills.rules.bills import Bill
from services.portal_gateway.bills.rules.payment_rounds import Round, make_payment_round
from services.portal_gateway.bills.rules.regies import (
    AdvanceOffer,
    bills_of_one_plan,
    numbers_of_parts,
)
from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.session import current_user
from services.portal_gateway.session.current_accompanied_session import (
    current_accompanied_session as current_visit,
)
from services.portal_gateway.store import store
from shared.contracts.errors import Refusal
from shared.contracts.identity import sign_ins
from shared.contracts.identity.own_account import password_and_sessions
from shared.dates.clock import now
from shared.web.base.app import shell_here


def may_offer_payment(bill: Bill) -> bool:
    """Say whether « Payer » may be offered for a bill."""
    return regies.is_payable_online(shell_here().register, bill)


def bills_for_plan(invoice_id: str) -> Sequence[Bill]:
    """Return the bills that may be paid in parts with this one, itself first; or none."""
    register, accounts = shell_here().register, current_overview().accounts
    bill = accounts.bill_by_id(invoice_id)
    together = bills_of_one_plan(register, bill, accounts.bills_to_pay) if bill else []
    return together if numbers_of_parts(register, together) else []


def advances_on_offer() -> list[AdvanceOffer]:
    """Return where the households of who is signed in may pay in advance, and what is kept."""
    overview = current_overview()
    return regies.advances_on_offer(
        shell_here().register,
        overview.family.households,
        {code for child in overview.family.children for code in child.providers},
        overview.accounts,
    )


def payment_round_of_guardian() -> Round:
    """Return the round of who is signed in, as the cards have its bills; empty without one."""
    with store.read() as read:
        ids = round_bills_of(read, current_user.subject_of_user(), now())
    return make_payment_round(ids, current_overview().accounts, may_offer_payment)


def ticket_email() -> str:
    """
    Return where PayFiP sent its last ticket, or else the person's own e-mail; "" if unknown.

    While an agent looks on, the person's own is not shown: it is no counter's business.
    """
    session = current_user.session_with_token()
    if session.email or current_visit():
        return session.email or ""
    asking = sign_ins.SessionRequest(session.identity_session)
    try:
        return current_user.ask(password_and_sessions.my_access, asking).email
    except Refusal:
        return ""  # it can be typed
