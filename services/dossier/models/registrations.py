"""Drafts of dossiers, their photographed papers, and what the desk has seen."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from services.dossier.models.base import Base
from shared.contracts.dossier.registrations import KINDS, STATES, WAYS
from shared.database import Day, Id, Moment, append_only, one_of

LINK = "link"
CHECKED = (*KINDS, LINK)


class Draft(Base):
    """
    What somebody without an account has begun, sealed with a key of its own.

    `reference` names it in a letter, without what does not count in it; of the key there is a
    digest alone, "" while nobody holds one: begun by e-mail, it is opened by the letter.
    `contact_digest` is keyed, says nothing of what it is of, and finds the draft by the address to
    which its letters go. `content` is NULL once the desk has decided; after `forget_on` the row
    goes.
    """

    __tablename__ = "draft"
    __table_args__ = (
        one_of("way", WAYS),
        one_of("state", STATES),
        CheckConstraint("(state = 'open') = (sent_at IS NULL)", name="sent_or_open"),
        CheckConstraint(
            "(state IN ('accepted', 'refused')) = (content IS NULL)", name="content_until_decided"
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
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    forget_on: Mapped[date] = mapped_column(Day, index=True)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    decided_by: Mapped[str | None] = mapped_column(Id)
    reason: Mapped[str] = mapped_column(String(40), default="")


class DraftEmail(Base):
    """
    How far the e-mail of a draft is proven: only then may it become a login.

    `letter_digest` is of the secret in the last letter to it, "" once that letter was used.
    `proven_at` says since when the address is known to be its holder's: by the letter, or by the
    agent `confirmed_by` at the counter; NULL from the moment at which another address is written.
    `former` is the one before, masked and sealed with the draft's key, gone with the decision.
    """

    __tablename__ = "draft_email"
    __table_args__ = (
        CheckConstraint("confirmed_by IS NULL OR proven_at IS NOT NULL", name="confirmed_once"),
        CheckConstraint("former IS NULL OR changed_at IS NOT NULL", name="former_once_changed"),
    )

    draft_id: Mapped[str] = mapped_column(ForeignKey("draft.id"), primary_key=True)
    letter_digest: Mapped[str] = mapped_column(String(64), default="")
    proven_at: Mapped[datetime | None] = mapped_column(Moment)
    confirmed_by: Mapped[str | None] = mapped_column(Id)
    changed_at: Mapped[datetime | None] = mapped_column(Moment)
    former: Mapped[bytes | None] = mapped_column(LargeBinary)


class DraftLetter(Base):
    """
    A letter about a draft, for a day: nobody's letter box is filled by somebody else.

    It outlives the draft, which who began it may erase, and begin anew.
    """

    __tablename__ = "draft_letter"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    draft_id: Mapped[str] = mapped_column(Id, index=True)
    address_digest: Mapped[str] = mapped_column(String(64), index=True)
    posted_at: Mapped[datetime] = mapped_column(Moment, index=True)


class DraftPaper(Base):
    """
    A photographed paper of a draft; it goes with the desk's decision.

    `size` is 0 until all of its parts have come and made a picture.
    """

    __tablename__ = "draft_paper"
    __table_args__ = (one_of("kind", KINDS),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    draft_id: Mapped[str] = mapped_column(ForeignKey("draft.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    media_type: Mapped[str] = mapped_column(String(20), default="")
    size: Mapped[int] = mapped_column(default=0)
    parts: Mapped[int]
    added_at: Mapped[datetime] = mapped_column(Moment)


class DraftPaperPart(Base):
    """As much of a photographed paper as fits into one message, sealed with the draft's key."""

    __tablename__ = "draft_paper_part"

    paper_id: Mapped[str] = mapped_column(ForeignKey("draft_paper.id"), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


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
    An agent was told an e-mail address at the counter by who showed an identity, and confirmed it.

    `reference` is the draft's: it leads to the guardian, whose own reference begins with it.
    """

    __tablename__ = "email_check"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), index=True)
    confirmed_at: Mapped[datetime] = mapped_column(Moment)
    agent: Mapped[str] = mapped_column(Id)


append_only(PaperCheck.__table__)  # type: ignore[arg-type]
append_only(EmailCheck.__table__)  # type: ignore[arg-type]
