"""Registrations of dossiers, their photographed papers, and what the desk has seen."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from services.dossier.models.base import Base
from shared.contracts.dossier.registrations import ACCOUNT, KINDS, STATES, WAYS
from shared.database import Day, Id, Moment, append_only, one_of

LINK = "link"
CHECKED = (*KINDS, LINK)


class Registration(Base):
    """
    The registration of a family without an account, sealed with a key of its own.

    `reference` names it in e-mails, without separators; of the key only a digest is stored, ""
    while the registration is opened by the link of an e-mail alone. `contact_digest` is keyed and
    finds the registration by its e-mail address, which it does not show. `content` is NULL once the
    desk has decided; the row is deleted after `forget_on`. Of a known family `guardian_id` is who
    asked, for a child of `household_id`.
    """

    __tablename__ = "registration"
    __table_args__ = (
        one_of("way", (*WAYS, ACCOUNT)),
        one_of("state", STATES),
        CheckConstraint("(state = 'open') = (sent_at IS NULL)", name="sent_or_open"),
        CheckConstraint(
            "(state IN ('accepted', 'refused')) = (content IS NULL)", name="content_until_decided"
        ),
        CheckConstraint(
            "(guardian_id IS NULL) = (household_id IS NULL)", name="guardian_of_household"
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    key_digest: Mapped[str] = mapped_column(String(64))
    way: Mapped[str] = mapped_column(String(10))
    contact_digest: Mapped[str] = mapped_column(String(64), index=True)
    state: Mapped[str] = mapped_column(String(10), index=True)
    version: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    opened_at: Mapped[datetime] = mapped_column(Moment, index=True)
    opened_from: Mapped[str] = mapped_column(String(64), default="")  # a digest, for a day
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    forget_on: Mapped[date] = mapped_column(Day, index=True)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    decided_by: Mapped[str | None] = mapped_column(Id)
    reason: Mapped[str] = mapped_column(String(40), default="")
    guardian_id: Mapped[str | None] = mapped_column(Id, index=True)
    household_id: Mapped[str | None] = mapped_column(Id)


class RegistrationEmail(Base):
    """
    The e-mail address of a registration, and whether it is proven: only then it becomes a login.

    `letter_digest` is of the secret in the last letter to it, "" once that letter was used.
    `proven_at` says since when the address is known to be its holder's: by the letter, or by the
    agent `confirmed_by` at the counter; NULL from the moment at which another address is written.
    `former` is the address before, masked and sealed with its key, until the decision.
    """

    __tablename__ = "registration_email"
    __table_args__ = (
        CheckConstraint("confirmed_by IS NULL OR proven_at IS NOT NULL", name="confirmed_once"),
        CheckConstraint("former IS NULL OR changed_at IS NOT NULL", name="former_once_changed"),
    )

    registration_id: Mapped[str] = mapped_column(ForeignKey("registration.id"), primary_key=True)
    letter_digest: Mapped[str] = mapped_column(String(64), default="")
    proven_at: Mapped[datetime | None] = mapped_column(Moment)
    confirmed_by: Mapped[str | None] = mapped_column(Id)
    changed_at: Mapped[datetime | None] = mapped_column(Moment)
    former: Mapped[bytes | None] = mapped_column(LargeBinary)


class RegistrationLetter(Base):
    """
    An e-mail sent about a registration, kept for a day to limit their number for each address.

    The row outlives the registration, whose holder may erase it and begin anew.
    """

    __tablename__ = "registration_letter"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    registration_id: Mapped[str] = mapped_column(Id, index=True)
    address_digest: Mapped[str] = mapped_column(String(64), index=True)
    posted_at: Mapped[datetime] = mapped_column(Moment, index=True)
    asked_from: Mapped[str] = mapped_column(String(64))  # a digest; "": by who holds its key


class RegistrationPaper(Base):
    """
    A photographed paper of a registration; it goes with the desk's decision.

    `size` is 0 until all of its parts have come and made a picture.
    """

    __tablename__ = "registration_paper"
    __table_args__ = (one_of("kind", KINDS),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    registration_id: Mapped[str] = mapped_column(ForeignKey("registration.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    media_type: Mapped[str] = mapped_column(String(20), default="")
    size: Mapped[int] = mapped_column(default=0)
    parts: Mapped[int]
    added_at: Mapped[datetime] = mapped_column(Moment)


class PaperCheck(Base):
    """
    An agent of the central desk has seen a paper: which kind, of which day; never a copy of it.

    `subject_id` is the guardian, the child or the household whom it is about; of a parental link it
    is the child, and `guardian_id` says whose.
    """

    __tablename__ = "paper_check"
    __table_args__ = (
        one_of("kind", CHECKED),
        CheckConstraint("(kind = 'link') = (guardian_id IS NOT NULL)", name="link_of_guardian"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[str] = mapped_column(Id, index=True)
    guardian_id: Mapped[str | None] = mapped_column(Id)
    paper: Mapped[str] = mapped_column(String(80))
    paper_date: Mapped[date | None] = mapped_column(Day)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    agent: Mapped[str] = mapped_column(Id)


class EmailCheck(Base):
    """
    An agent confirmed an e-mail address at the counter, after its holder showed an identity.

    `reference` is the registration's: it leads to the guardian, whose own reference begins with it.
    """

    __tablename__ = "email_check"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), index=True)
    confirmed_at: Mapped[datetime] = mapped_column(Moment)
    agent: Mapped[str] = mapped_column(Id)


append_only(PaperCheck.__table__)  # type: ignore[arg-type]
append_only(EmailCheck.__table__)  # type: ignore[arg-type]
