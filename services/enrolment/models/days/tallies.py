"""Sums of a closed session: figures of a year add these rows, which name no person."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from services.enrolment.models.base import Base
from shared.database import Day, Id


class SessionTally(Base):
    """
    The sums of a session as its attendance was last published, imported days included.

    `minutes` is how long it lasts, `places` how many the group had, NULL without a limit. The four
    ages are of who came, on that day; whose file has gone keeps the one that it had.
    `own_meals` are those of who came that brought their own. Rows stay when the children have gone.
    """

    __tablename__ = "session_tally"
    __table_args__ = (Index("ix_session_tally_day", "day", "group_id"),)

    session_id: Mapped[str] = mapped_column(Id, primary_key=True)
    group_id: Mapped[str] = mapped_column(Id)
    day: Mapped[date] = mapped_column(Day)
    minutes: Mapped[int] = mapped_column(BigInteger)
    places: Mapped[int | None] = mapped_column(BigInteger)
    present: Mapped[int] = mapped_column(BigInteger)
    unexpected: Mapped[int] = mapped_column(BigInteger)
    absent: Mapped[int] = mapped_column(BigInteger)
    excused: Mapped[int] = mapped_column(BigInteger)
    cancelled_late: Mapped[int] = mapped_column(BigInteger)
    own_meals: Mapped[int] = mapped_column(BigInteger)
    under_6: Mapped[int] = mapped_column(BigInteger)
    from_6: Mapped[int] = mapped_column(BigInteger, comment="6 to 11 years")
    from_12: Mapped[int] = mapped_column(BigInteger)
    age_unknown: Mapped[int] = mapped_column(BigInteger, comment="no birth date was here")
