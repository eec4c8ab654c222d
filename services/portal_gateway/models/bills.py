"""Cards of billing, one whole state for each household and provider; rounds of payments."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from services.portal_gateway.models.base import Base
from services.portal_gateway.models.cards import Code
from shared.database import Id, Moment


class BillCard(Base):
    """Billing's card of one household at one provider; `content` is sealed."""

    __tablename__ = "bill_card"

    household_id: Mapped[str] = mapped_column(Id, primary_key=True)
    provider: Mapped[str] = mapped_column(Code, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class PaymentRound(Base):
    """
    The bills that a guardian set out to pay one after another, by their ids, in their order.

    What became of each is read from its card: nothing here says that anything was paid.
    """

    __tablename__ = "payment_round"

    subject: Mapped[str] = mapped_column(Id, primary_key=True)
    invoice_ids: Mapped[list] = mapped_column(JSON)
    begun_at: Mapped[datetime] = mapped_column(Moment)
