"""Categories of e-mail that a guardian receives: chosen on its page, ended by an e-mail's link."""

from collections.abc import Collection

from services.portal_gateway.models import MailNotice
from services.portal_gateway.notices.rules.notice_emails import CATEGORIES
from shared.database import Write


def keep_wanted_categories(write: Write, subject: str, chosen: Collection[str]) -> None:
    """Store which categories a guardian wants; all others end."""
    for category in CATEGORIES:
        _set_wanted(write, subject, category, category in chosen)


def end_category(write: Write, subject: str, category: str) -> None:
    """End the e-mails of one category to a guardian."""
    _set_wanted(write, subject, category, False)


def _set_wanted(write: Write, subject: str, category: str, is_wanted: bool) -> None:
    row = write.upsert_into(MailNotice).values(subject=subject, category=category, wanted=is_wanted)
    write.execute(
        row.on_conflict_do_update(
            index_elements=["subject", "category"], set_={"wanted": row.excluded.wanted}
        )
    )
