"""A household's account with one provider, as a régisseur sees it."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.billing.accounts.queries import payer_search
from services.billing.bills.certificates.queries.issued import certificates_of_household
from services.billing.bills.queries import bill_cards
from services.billing.models import Quotient, Refund, RefundReversal, Share, SharePart
from services.billing.payers.queries.deceased_adults import households_without_payer_among, who_died
from services.billing.payers.queries.email_reach import is_reached_by_email, wants_paper
from services.billing.payers.queries.payers import address_blocks_of
from services.billing.payers.queries.protected_households import is_protected
from services.billing.payers.queries.record_holds import (
    children_of_lapsed_hold,
    households_on_hold_among,
)
from services.billing.payers.queries.recorded_quotients import latest_quotients_of
from services.billing.payers.rules.address_redaction import block_without_address
from services.billing.payments.queries.cash_box import last_closed_days
from shared.contracts.billing.regie.payers import (
    PayerAccountAnswer,
    PayersQuotient,
    PayersRefund,
    PayersShare,
)
from shared.dates.clock import PARIS
from shared.register import Provider

MOST = 60
"""Refunds, quotients and divisions that a page shows, the latest first."""


def payer_account(
    session: Session, provider: Provider, household_id: str, at: datetime
) -> PayerAccountAnswer:
    """Return a household's account with a provider."""
    on = at.astimezone(PARIS).date()
    hidden = is_protected(session, household_id)
    block = address_blocks_of(session, [household_id], on)[household_id]
    card = bill_cards.card_contents_by_household(session, provider.code, [household_id], at)[
        household_id
    ]
    return PayerAccountAnswer(
        **card,
        payer=block_without_address(block) if hidden else list(block),
        deceased=who_died(session, household_id),
        heirs_pay=bool(households_without_payer_among(session, [household_id])),
        on_hold=bool(households_on_hold_among(session, [household_id])),
        hold_lapsed=bool(children_of_lapsed_hold(session, household_id)),
        protected=hidden,
        by_email=is_reached_by_email(session, household_id),
        paper=wants_paper(session, provider.code, household_id),
        children=payer_search.children_at_provider(session, provider, household_id),
        refunds=_refunds_of_household(session, provider, household_id),
        quotients=[
            _quotient_shown(row) for row in latest_quotients_of(session, household_id)[:MOST]
        ],
        shares=_own_shares(session, provider, household_id),
        certificates=certificates_of_household(session, household_id, provider.code),
    )


def _quotient_shown(row: Quotient) -> PayersQuotient:
    return PayersQuotient(
        cents=row.cents,
        kind=row.kind,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        source=row.source,
        proof=row.fund_proof,
    )


def _refunds_of_household(
    session: Session, provider: Provider, household_id: str
) -> list[PayersRefund]:
    """Return what was paid back to a household, the latest first."""
    rows = session.execute(
        select(Refund, RefundReversal.because)
        .outerjoin(RefundReversal, RefundReversal.refund_id == Refund.id)
        .where(Refund.household_id == household_id, Refund.provider == provider.code)
        .order_by(Refund.made_at.desc(), Refund.id.desc())
        .limit(MOST)
    )
    closed = last_closed_days(session, [regie.code for regie in provider.regies])
    return [_refund_for_answer(row, because or "", closed.get(row.regie)) for row, because in rows]


def _refund_for_answer(row: Refund, because: str, closed: date | None) -> PayersRefund:
    noted_on = row.made_at.astimezone(PARIS).date()
    return PayersRefund(
        refund_id=row.id,
        at=row.made_at,
        cents=row.cents,
        paper=row.paper,
        reversed_because=because,
        reversible=not because and (closed is None or closed < noted_on),
    )


def _own_shares(session: Session, provider: Provider, household_id: str) -> list[PayersShare]:
    """Return a household's own parts: the other payer is not named."""
    rows = session.execute(
        select(Share, SharePart.share_bp)
        .join(SharePart, SharePart.share_id == Share.id)
        .where(Share.provider == provider.code, SharePart.household_id == household_id)
        .order_by(Share.valid_from.desc(), Share.id.desc())
        .limit(MOST)
    )
    return [
        PayersShare(
            child_id=share.child_id,
            valid_from=share.valid_from,
            valid_to=share.valid_to,
            share_bp=share_bp,
            paper=share.paper,
        )
        for share, share_bp in rows
    ]
