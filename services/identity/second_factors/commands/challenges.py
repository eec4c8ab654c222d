"""Challenges: made for one browser, good once and for some minutes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from webauthn.helpers import bytes_to_base64url, generate_challenge

from services.identity.models import Challenge
from services.identity.sessions.rules import lifetime_and_secrets as sessions
from shared.database import Write

ADD, SIGN_IN, PROVE, CODES, OPENID = "add", "sign_in", "prove", "codes", "openid"
GOOD_FOR = timedelta(minutes=5)
CODES_GOOD_FOR = timedelta(minutes=15)
"""Time in which the offered secret has to be typed into a telephone."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A challenge for a browser; `secret` is how the browser's answer names it."""

    secret: str
    asked: str


def make_challenge(
    write: Write,
    purpose: str,
    at: datetime,
    *,
    subject: str | None = None,
    session: str = "",
    asked: str = "",
) -> Asked:
    """
    Make a challenge, of a person who is signed in with that session, or of nobody yet.

    What is `asked` is random where it is not given.
    """
    delete_expired_challenges(write, at)
    secret, asked = sessions.new_session_secret(), asked or bytes_to_base64url(generate_challenge())
    write.add(
        Challenge(
            digest=sessions.digest_of_session_secret(secret),
            purpose=purpose,
            subject=subject,
            session=sessions.digest_of_session_secret(session) if session else None,
            asked=asked,
            expires_at=at + GOOD_FOR,
        )
    )
    return Asked(secret, asked)


def use_up_challenge(
    write: Write,
    secret: str,
    purpose: str,
    at: datetime,
    *,
    subject: str | None = None,
    session: str = "",
) -> str | None:
    """
    Use a challenge up, whatever becomes of the answer; None unless it is this session's and open.

    Commit before the answer is looked at: a second try needs a second challenge.
    """
    theirs = delete(Challenge).where(
        Challenge.digest == sessions.digest_of_session_secret(secret),
        Challenge.purpose == purpose,
        Challenge.expires_at > at,
        Challenge.subject.is_not_distinct_from(subject),
        Challenge.session.is_not_distinct_from(
            sessions.digest_of_session_secret(session) if session else None
        ),
    )
    return write.scalar(theirs.returning(Challenge.asked))


def offer_or_repeat_totp_secret(
    write: Write, subject: str, session: str, sealed: bytes, at: datetime
) -> bytes:
    """Return the sealed secret that a session was offered: the open one, else this new one."""
    delete_expired_challenges(write, at)
    here = lock_offered_one_time_codes(write, subject, session, at)
    if here is not None and here.totp_sealed is not None:
        return here.totp_sealed
    write.add(
        Challenge(
            digest=_digest_of_offered_codes(subject, session),
            purpose=CODES,
            subject=subject,
            session=sessions.digest_of_session_secret(session),
            asked="",
            totp_sealed=sealed,
            expires_at=at + CODES_GOOD_FOR,
        )
    )
    return sealed


def lock_offered_one_time_codes(
    write: Write, subject: str, session: str, at: datetime
) -> Challenge | None:
    """Return the open offer of one-time codes to a session, held until the end."""
    query = select(Challenge).where(
        Challenge.digest == _digest_of_offered_codes(subject, session), Challenge.expires_at > at
    )
    return write.scalar(query.with_for_update())


def delete_offers_of_codes(write: Write, subject: str) -> None:
    """Delete every offer of one-time codes to a person, whose codes are confirmed now."""
    write.execute(delete(Challenge).where(Challenge.subject == subject, Challenge.purpose == CODES))


def delete_expired_challenges(write: Write, at: datetime) -> None:
    """Delete the challenges that are good no more."""
    write.execute(delete(Challenge).where(Challenge.expires_at <= at))


def _digest_of_offered_codes(subject: str, session: str) -> str:
    """Return under what the one offer to a session is kept."""
    return sessions.digest_of_session_secret(f"{CODES}|{subject}|{session}")
