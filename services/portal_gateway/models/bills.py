"""Cards of billing: one whole state for each household and provider."""

from __future__ import annotations

from sqlalchemy import BigInteger, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from services.portal_gateway.models.base import Base
from services.portal_gateway.models.cards import Code
from shared.database import Id


class BillCard(Base):
    """Billing's card of one household at one provider; `content` is sealed."""

    __tablename__ = "bill_card"

    household_id: Mapped[str] = mapped_column(Id, primary_key=True)
    provider: Mapped[str] = mapped_column(Code, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes] = mapped_column(LargeBinary)
