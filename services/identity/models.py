"""
Tables of identity: accounts, dated rights, open sessions, invitations, failed tries, emails.

Moments are aware UTC, days are calendar days in France. No credential is stored in clear: passwords
are argon2id, secrets and codes are SHA-256, TOTP secrets are sealed.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from shared.database import Day, Id, Moment, append_only, declarative_base_for, no_overlap
from shared.database.comparison.sums import keep_sums_of

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase as Base
else:
    Base = declarative_base_for("identity")

SHA256 = String(64)
TOTP_PLACE = "subject.totp_sealed"
"""Place to which a sealed TOTP secret is bound: it opens nowhere else."""


class Account(Base):
    """
    A person who signs in, as a family or as an agent; a parent who is an agent too has one of each.

    The table has the name and columns of every callee's copy (shared.person), so that the same
    token check works here.
    """

    __tablename__ = "subject"
    __table_args__ = (
        UniqueConstraint("kind", "login"),
        CheckConstraint("kind IN ('family', 'agent')", name="kind_known"),
        CheckConstraint("kind = 'agent' OR email IS NULL", name="email_for_agents"),
    )

    subject: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    login: Mapped[str] = mapped_column(String(254))  # NFKC, case-folded
    email: Mapped[str | None] = mapped_column(String(254))  # an agent's, proven; a family's: login
    name: Mapped[str] = mapped_column(String(120))
    version: Mapped[int] = mapped_column(BigInteger)  # number of the published state, from 1
    not_before: Mapped[datetime] = mapped_column(Moment)  # older tokens are refused
    anew_from: Mapped[datetime | None] = mapped_column(Moment)  # all that was open then ended
    active: Mapped[bool]  # false until the invitation is used, and once closed
    password_hash: Mapped[str | None] = mapped_column(String(200))
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_step: Mapped[int] = mapped_column(BigInteger, default=0)  # last one accepted
    totp_since: Mapped[datetime | None] = mapped_column(Moment)  # a family's own choice
    opened_at: Mapped[datetime | None] = mapped_column(Moment)  # activated, or re-opened
    last_signed_in: Mapped[datetime | None] = mapped_column(Moment)


class CorrectedGuardian(Base):
    """A guardian as the dossier last published it; one without an account has a row too."""

    __tablename__ = "corrected_guardian"

    subject: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    died: Mapped[bool]


class EmailChange(Base):
    """
    Another address that a person asked for: it serves nothing before its code is typed.

    `digest` is of the code that was sent to it, or of one that nobody has where the address is
    another account's login. `stop_digest` is of the link that was sent to the address of before.
    """

    __tablename__ = "email_change"

    subject: Mapped[str] = mapped_column(ForeignKey("subject.subject"), primary_key=True)
    address: Mapped[str] = mapped_column(String(254))  # folded as a login
    digest: Mapped[str] = mapped_column(SHA256)
    stop_digest: Mapped[str] = mapped_column(SHA256, unique=True)
    tries: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)


class DatedRight(Base):
    """
    A role that one person holds at one provider, from a first to a last day.

    `place` is one of the provider's sites or groups, in its own words, or "" for the whole.
    `active` is true, or null once withdrawn: periods of active rights cannot overlap, and a right
    can be given again on the day it was withdrawn.
    """

    __tablename__ = "dated_right"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_from <= valid_to", name="period"),
        CheckConstraint(
            "(active IS NULL) = (withdrawn_at IS NOT NULL)", name="active_or_withdrawn"
        ),
        Index("ix_dated_right_provider", "provider", "role"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject: Mapped[str] = mapped_column(ForeignKey("subject.subject"), index=True)
    provider: Mapped[str] = mapped_column(String(40))
    role: Mapped[str] = mapped_column(String(40))
    place: Mapped[str] = mapped_column(String(130), default="")
    valid_from: Mapped[date] = mapped_column(Day)
    valid_to: Mapped[date | None] = mapped_column(Day)  # last day; null: open
    active: Mapped[bool | None] = mapped_column(default=True)
    granted_at: Mapped[datetime] = mapped_column(Moment)
    granted_by: Mapped[str | None] = mapped_column(Id)  # a subject; null: the town file
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
    withdrawn_by: Mapped[str | None] = mapped_column(Id)


no_overlap(
    DatedRight.__table__,  # type: ignore[arg-type]
    same=("subject", "provider", "role", "place", "active"),
    start="valid_from",
    end="valid_to",
)


class SignIn(Base):
    """An open session of one person at one principal, known by the digest of its secret."""

    __tablename__ = "sign_in"

    digest: Mapped[str] = mapped_column(SHA256, primary_key=True)
    subject: Mapped[str] = mapped_column(ForeignKey("subject.subject"), index=True)
    azp: Mapped[str] = mapped_column(String(60))
    opened_at: Mapped[datetime] = mapped_column(Moment, index=True)
    last_used_at: Mapped[datetime] = mapped_column(Moment)  # when its last token was issued
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    address: Mapped[str] = mapped_column(SHA256, default="")  # digest of where it began, for a day


class Passing(Base):
    """
    A code with which an agent who is signed in at one provider enters at another, once.

    Known by its digest. `signed_in_at` is when the agent last gave password and second factor: the
    new session counts from there; otherwise an agent could stay signed in by going to and fro.
    """

    __tablename__ = "passing"

    digest: Mapped[str] = mapped_column(SHA256, primary_key=True)
    subject: Mapped[str] = mapped_column(ForeignKey("subject.subject"), index=True)
    azp: Mapped[str] = mapped_column(String(60))  # the principal that may use it
    signed_in_at: Mapped[datetime] = mapped_column(Moment)
    made_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class CounterCode(Base):
    """
    The last code that an agent had sent to a guardian at the counter: its digest, and wrong tries.

    Six digits are few: the digest is salted by the row's own id, the code is good for ten minutes
    and for five tries, once.
    """

    __tablename__ = "counter_code"

    agent: Mapped[str] = mapped_column(ForeignKey("subject.subject"), primary_key=True)
    id: Mapped[str] = mapped_column(Id)
    family: Mapped[str] = mapped_column(Id)
    digest: Mapped[str] = mapped_column(SHA256)
    sent_at: Mapped[datetime] = mapped_column(Moment, index=True)
    tries: Mapped[int] = mapped_column(BigInteger)


class AccompaniedSession(Base):
    """
    Twenty minutes in which a family acts at the front desk, an agent beside it.

    `family` is a guardian's id at the dossier, who needs no account here. Before it opened, the
    guardian was known by a code sent to them, or by a paper that was shown and a slip that was
    signed: what kind, and when. `passing_digest` is the code with which the browser goes on to the
    portal, once; `digest` is the portal's session, as in `sign_in`. Kept for a year, as reads are.
    """

    __tablename__ = "accompanied_session"
    __table_args__ = (
        CheckConstraint("ends_at > opened_at", name="period"),
        CheckConstraint(
            "(proof = 'paper') = (slip_signed_on IS NOT NULL)"
            " AND (proof = 'paper') = (paper <> '')",
            name="proven",
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    family: Mapped[str] = mapped_column(Id, index=True)
    family_name: Mapped[str] = mapped_column(String(120))
    agent: Mapped[str] = mapped_column(ForeignKey("subject.subject"), index=True)
    proof: Mapped[str] = mapped_column(String(10))  # paper, code
    paper: Mapped[str] = mapped_column(String(20))
    slip_signed_on: Mapped[date | None] = mapped_column(Day)
    opened_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment, index=True)
    passing_digest: Mapped[str] = mapped_column(SHA256, unique=True)
    entered_at: Mapped[datetime | None] = mapped_column(Moment)
    digest: Mapped[str | None] = mapped_column(SHA256, unique=True)
    last_used_at: Mapped[datetime | None] = mapped_column(Moment)  # when its last token was issued
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class Invitation(Base):
    """A code with which one person chooses a password, once; known by its digest."""

    __tablename__ = "invitation"

    digest: Mapped[str] = mapped_column(SHA256, primary_key=True)
    subject: Mapped[str] = mapped_column(ForeignKey("subject.subject"), index=True)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
    asked_by: Mapped[str | None] = mapped_column(Id)  # an administrator, of a colleague's account
    lot: Mapped[str | None] = mapped_column(ForeignKey("letter_lot.id"), index=True)


class RightOffer(Base):
    """
    Rights that an office offers to whom a login belongs; they begin with that person's yes.

    The code is handed over by the office: it makes the account of somebody new, and lets who has
    one accept while signed in. `name` is as this office wrote it; `rights` are role, place,
    first and last day. Once decided or expired, the next offer of that office to that login takes
    the row.
    """

    __tablename__ = "right_offer"
    __table_args__ = (
        UniqueConstraint("subject", "office"),
        CheckConstraint(
            "(decided_at IS NULL) = (outcome IS NULL)"
            " AND (outcome IS NULL OR outcome IN ('accepted', 'declined', 'withdrawn'))",
            name="decided",
        ),
        Index("ix_right_offer_office", "office", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject: Mapped[str] = mapped_column(ForeignKey("subject.subject"), index=True)
    office: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    rights: Mapped[list[dict[str, str | None]]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(SHA256, unique=True)
    offered_at: Mapped[datetime] = mapped_column(Moment)
    offered_by: Mapped[str | None] = mapped_column(Id)  # a subject; null: the town
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    outcome: Mapped[str | None] = mapped_column(String(10))


class LetterLot(Base):
    """Letters of access that were printed at one go: when, and by which agent; no name, no code."""

    __tablename__ = "letter_lot"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    printed_at: Mapped[datetime] = mapped_column(Moment, index=True)
    printed_by: Mapped[str] = mapped_column(Id)


class CodeByTown(Base):
    """
    A new code that operations made for an administrator whom no colleague could help.

    Or for the successor of an administrator who has left. It notes who asked, why, and how many
    others could have helped (none, unless it was forced). The DPO reads it, and so do the
    administrators of the offices where that person has rights. Append-only.
    """

    __tablename__ = "code_by_town"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject: Mapped[str] = mapped_column(ForeignKey("subject.subject"), index=True)
    office: Mapped[str] = mapped_column(String(40))
    asked_by: Mapped[str] = mapped_column(String(120))  # a name, as it was typed
    reason: Mapped[str] = mapped_column(String(300))
    others: Mapped[int] = mapped_column(BigInteger)
    in_place_of: Mapped[str | None] = mapped_column(Id)  # subject of the former administrator
    at: Mapped[datetime] = mapped_column(Moment)


append_only(CodeByTown.__table__)  # type: ignore[arg-type]


class ForgottenPassword(Base):
    """A request to reset the password of a login, which may not exist, from one place."""

    __tablename__ = "forgotten_password"

    login: Mapped[str] = mapped_column(String(254), primary_key=True)  # folded
    place: Mapped[str] = mapped_column(SHA256, primary_key=True)
    devices: Mapped[list[str]] = mapped_column(JSON)  # digests of what the browser keeps
    asked_at: Mapped[datetime] = mapped_column(Moment, index=True)


class LoginTries(Base):
    """
    Failed tries from devices that the account does not know, at one principal.

    One row for a login and an address together, deleted on success, one for the address, one for
    the wider network, and one for the login, known or unknown.
    """

    __tablename__ = "login_tries"

    login_digest: Mapped[str] = mapped_column(SHA256, primary_key=True)
    failed: Mapped[int] = mapped_column(BigInteger)  # tries in a row
    recent: Mapped[list[float]] = mapped_column(JSON)  # seconds since 1970, within the window
    last_at: Mapped[datetime] = mapped_column(Moment, index=True)
    knocked_at: Mapped[datetime | None] = mapped_column(Moment)  # asked to wait in a crowd


class KnownDevice(Base):
    """
    A browser in which an account has signed in at a principal, known by its secret's digest.

    `failed` and `recent` are its own tries since its last success.
    """

    __tablename__ = "known_device"

    digest: Mapped[str] = mapped_column(SHA256, primary_key=True)
    subject: Mapped[str] = mapped_column(ForeignKey("subject.subject"), index=True)
    azp: Mapped[str] = mapped_column(String(60))
    used_at: Mapped[datetime] = mapped_column(Moment, index=True)
    failed: Mapped[int] = mapped_column(BigInteger)
    recent: Mapped[list[float]] = mapped_column(JSON)  # seconds since 1970, of the last hour
    trusted_until: Mapped[datetime | None] = mapped_column(Moment)  # asked for no second factor


class Passkey(Base):
    """
    A passkey of one person, under the name that it gave it.

    What a browser signs with it is checked by the public key. A counter that does not grow is a
    copy's; passkeys that a telephone shares with its owner's others always say 0.
    """

    __tablename__ = "passkey"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject: Mapped[str] = mapped_column(ForeignKey("subject.subject"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    credential: Mapped[str] = mapped_column(String(1400), unique=True)  # base64url
    public_key: Mapped[str] = mapped_column(String(2000))  # COSE, base64url
    sign_count: Mapped[int] = mapped_column(BigInteger)
    added_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class RecoveryCode(Base):
    """A code on paper in place of a lost factor, once; known by its digest, gone when used."""

    __tablename__ = "recovery_code"

    digest: Mapped[str] = mapped_column(SHA256, primary_key=True)
    subject: Mapped[str] = mapped_column(ForeignKey("subject.subject"), index=True)


class Challenge(Base):
    """
    Challenge for a browser to sign, or a telephone to count from: once, for some minutes.

    Known by the digest of its secret; of a person who is signed in, it is bound to the session. A
    ticket is of a person whom the town's OpenID provider knows, bound to the principal that asked.
    """

    __tablename__ = "challenge"

    digest: Mapped[str] = mapped_column(SHA256, primary_key=True)
    purpose: Mapped[str] = mapped_column(String(10))  # add, sign_in, prove, codes, openid, ticket
    subject: Mapped[str | None] = mapped_column(ForeignKey("subject.subject"), index=True)
    session: Mapped[str | None] = mapped_column(SHA256)
    asked: Mapped[str] = mapped_column(String(100))  # base64url
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)


class OpenIdLink(Base):
    """
    Account whose person may sign in by the town's OpenID provider too: the identity's digest.

    Of the identity itself, its name included, nothing is kept.
    """

    __tablename__ = "openid_link"
    __table_args__ = (UniqueConstraint("kind", "digest"),)

    subject: Mapped[str] = mapped_column(ForeignKey("subject.subject"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))  # a parent who is an agent too has one of each
    digest: Mapped[str] = mapped_column(SHA256)
    linked_at: Mapped[datetime] = mapped_column(Moment)


class AccessChange(Base):
    """A change of how one person signs in, kept for a year; `by` and `paper` at the counter."""

    __tablename__ = "access_change"
    __table_args__ = (
        CheckConstraint(
            "(place = 'counter') = (by IS NOT NULL) AND (place = 'counter') = (paper <> '')",
            name="at_counter",
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject: Mapped[str] = mapped_column(ForeignKey("subject.subject"), index=True)
    what: Mapped[str] = mapped_column(String(20))
    place: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    by: Mapped[str | None] = mapped_column(Id)  # an agent
    paper: Mapped[str] = mapped_column(String(20))


class Email(Base):
    """
    An email in the queue, with its state.

    `content` (address, language, values) is sealed, and deleted when the email has ended; the key
    stays, so that no email is queued twice.
    """

    __tablename__ = "letter"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'refused', 'uncertain', 'given_up')",
            name="state_known",
        ),
        CheckConstraint("(ended_at IS NULL) = (content IS NOT NULL)", name="content_goes"),
        Index("ix_letter_due", "state", "next_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    template: Mapped[str] = mapped_column(String(40))
    urgent: Mapped[bool]  # before the others: a person waits at a page
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(10))
    # waiting; sending: claimed by a process; sent: the server accepted it; refused: permanently;
    # uncertain: it may have been sent, hence not again but at the word of operations, while
    # it is of use; given_up: too old to be sent
    attempts: Mapped[int] = mapped_column(BigInteger)
    posted_at: Mapped[datetime] = mapped_column(Moment)
    next_at: Mapped[datetime] = mapped_column(Moment)
    taken_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    reason: Mapped[str] = mapped_column(String(20))  # the server's code, or a word of ours


def sealed_place_of_email(email_id: str) -> str:
    """Return the place to which an email's sealed content is bound."""
    return f"letter|{email_id}"


FAMILY_SUMS = keep_sums_of(Account, by=("kind",), subject="subject", version="version")
"""Accounts by bucket: what billing receives of families (shared/database/comparison/sums.py)."""
