"""Requests of persons on their data, what was done about each, and what is left of them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from services.dossier.models.base import Base
from shared.contracts.dossier.data_protection.person_requests import (
    ACCOUNT,
    ACTS,
    KINDS,
    PERSONS,
    PROOFS,
    STATES,
    WAYS,
)
from shared.contracts.identity.accompanied_sessions import PAPERS
from shared.database import Day, Id, Moment, append_only, one_of


class PersonRequest(Base):
    """
    One request, sealed with a key of its own: who asks, whom it concerns, what was written.

    Of its own, because it is kept when the child's key is destroyed, and may have asked for that.
    `asked_by` is the guardian at the portal, else `recorded_by` the agent who noted it. `provider`
    is "" for the town. `more` are the months by which it was prolonged. After `forget_on` it goes.
    `person` is who asks without an account, proven by the kind of `paper`: `person_id` is the
    adult, the former pupil or the agent, `file_id` the child in whose file somebody is named.
    """

    __tablename__ = "person_request"
    __table_args__ = (
        one_of("kind", KINDS),
        one_of("way", (ACCOUNT, *WAYS)),
        one_of("proof", PROOFS),
        one_of("state", STATES),
        CheckConstraint("(asked_by IS NULL) = (recorded_by IS NOT NULL)", name="asked_or_recorded"),
        one_of("person", PERSONS),
        one_of("paper", PAPERS),
        CheckConstraint(
            "(person IS NULL) = (paper IS NULL)"
            " AND (person_id IS NULL) = (COALESCE(person, 'called') = 'called')"
            " AND (file_id IS NULL) = (COALESCE(person, '') <> 'called')"
            " AND (person IS NULL OR asked_by IS NULL)",
            name="person_known_by_a_paper",
        ),
        CheckConstraint("more BETWEEN 0 AND 2", name="two_months_more"),
        CheckConstraint(
            "(state IN ('answered', 'refused', 'withdrawn')) = (closed_on IS NOT NULL)",
            name="closed_on_a_day",
        ),
        CheckConstraint("(closed_on IS NULL) = (forget_on IS NULL)", name="forgotten_once_closed"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    provider: Mapped[str] = mapped_column(String(40))
    asked_by: Mapped[str | None] = mapped_column(Id, index=True)
    child_id: Mapped[str | None] = mapped_column(Id)
    recorded_by: Mapped[str | None] = mapped_column(Id)
    way: Mapped[str] = mapped_column(String(10))
    proof: Mapped[str] = mapped_column(String(10))
    person: Mapped[str | None] = mapped_column(String(10))
    paper: Mapped[str | None] = mapped_column(String(20))
    person_id: Mapped[str | None] = mapped_column(Id)
    file_id: Mapped[str | None] = mapped_column(Id)
    received_on: Mapped[date] = mapped_column(Day)
    due_on: Mapped[date] = mapped_column(Day, index=True)
    more: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(10), index=True)
    closed_on: Mapped[date | None] = mapped_column(Day)
    forget_on: Mapped[date | None] = mapped_column(Day, index=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class PersonRequestAct(Base):
    """
    An act on a request, numbered from 1; `done_by` is an agent, NULL for the person itself.

    `until` is the day to which it was prolonged; `content` is sealed: the reason, the answer.
    """

    __tablename__ = "person_request_act"
    __table_args__ = (
        one_of("act", ACTS),
        CheckConstraint("(act = 'prolonged') = (until IS NOT NULL)", name="prolonged_to_a_day"),
    )

    person_request_id: Mapped[str] = mapped_column(
        ForeignKey("person_request.id"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    act: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(Moment)
    done_by: Mapped[str | None] = mapped_column(Id)
    until: Mapped[date | None] = mapped_column(Day)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)


class PersonRequestErasure(Base):
    """Proof that a request was erased, which alone allows deleting its acts; names no person."""

    __tablename__ = "person_request_erasure"

    person_request_id: Mapped[str] = mapped_column(Id, primary_key=True)
    erased_at: Mapped[datetime] = mapped_column(Moment, index=True)


append_only(PersonRequestErasure.__table__)  # type: ignore[arg-type]
append_only(
    PersonRequestAct.__table__,  # type: ignore[arg-type]
    erasable_where="EXISTS (SELECT 1 FROM person_request_erasure AS proof"
    " WHERE proof.person_request_id = OLD.person_request_id)",
)
