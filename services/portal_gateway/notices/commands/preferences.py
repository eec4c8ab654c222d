"""Which categories a guardian wants to be written of, on its page or by one click in a letter."""

from collections.abc import Collection, Iterable

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.portal_gateway.models import MailNotice
from services.portal_gateway.notices.rules import CATEGORIES
from shared.database import Write

SALT = "stop letters of a category"


def wanted_by(read: Session, subject: str) -> frozenset[str]:
    """Return the categories that a guardian is written of: all that it has not ended."""
    ended = select(MailNotice.category).where(
        MailNotice.subject == subject, MailNotice.wanted.is_(False)
    )
    return frozenset(CATEGORIES) - frozenset(read.scalars(ended))


def choose(write: Write, subject: str, wanted: Collection[str]) -> None:
    """Keep a guardian's choice, whole."""
    for category in CATEGORIES:
        _set(write, subject, category, category in wanted)


def stop(write: Write, subject: str, category: str) -> None:
    """End one category."""
    _set(write, subject, category, False)


class Signer:
    """
    Signs what ends one category of one guardian, and nothing else; good as long as its key.

    With a `former` key it signs no more, and reads what lies in letters.
    """

    def __init__(self, secret_key: str, former: Iterable[str] = ()) -> None:
        self._serializer = URLSafeSerializer([*former, secret_key], salt=SALT)

    def sign(self, subject: str, category: str) -> str:
        return str(self._serializer.dumps([subject, category]))

    def read(self, token: str) -> tuple[str, str] | None:
        """Return subject and category, None where we never signed it."""
        try:
            subject, category = self._serializer.loads(token)
        except (BadSignature, ValueError, TypeError):
            return None
        return (subject, category) if category in CATEGORIES else None


def _set(write: Write, subject: str, category: str, wanted: bool) -> None:
    row = write.upsert(MailNotice).values(subject=subject, category=category, wanted=wanted)
    write.execute(
        row.on_conflict_do_update(
            index_elements=["subject", "category"], set_={"wanted": row.excluded.wanted}
        )
    )
