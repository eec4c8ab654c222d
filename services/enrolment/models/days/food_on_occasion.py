"""Sessions that have food though this provider usually has none (rule R3)."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.enrolment.models.base import Base
from shared.database import Id


class FoodAnnounced(Base):
    """
    Food announced at a session; `published` are the children last published.

    `version` counts publications to the dossier. If it is withdrawn, the row stays without
    children.
    """

    __tablename__ = "food_announced"

    session_id: Mapped[str] = mapped_column(ForeignKey("session.id"), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    published: Mapped[list] = mapped_column(JSON, comment="ids of children, sorted")
    taken_back: Mapped[bool] = mapped_column(Boolean)
    announced_by: Mapped[str] = mapped_column(Id)
