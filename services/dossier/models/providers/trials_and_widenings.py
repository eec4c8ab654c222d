"""Members of a provider's trial, and notices of widenings sent to households."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from services.dossier.models.base import Base
from shared.database import Id


class TrialMember(Base):
    """
    A child, a guardian or a household invented for a provider on trial.

    A member has no link but to that provider, and is published to neither portal nor billing. A
    child stays when the trial is over: its id never becomes a real child's.
    """

    __tablename__ = "trial_member"

    member_id: Mapped[str] = mapped_column(Id, primary_key=True)
    provider: Mapped[str] = mapped_column(String(40), index=True)


class WideningNotice(Base):
    """A household got the notice of a widening before it takes effect, once."""

    __tablename__ = "widening_notice"

    household_id: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(32), primary_key=True)
