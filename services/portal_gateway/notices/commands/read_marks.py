"""Stores up to when a guardian has read the news."""

from datetime import datetime

from services.portal_gateway.cards.live_kinds import NEWS, note_change
from services.portal_gateway.models import NewsRead
from services.portal_gateway.store import store


def note_news_read(subject: str, until: datetime) -> None:
    """Note that everything up to a moment was read; what came since stays new."""
    with store.write() as write:
        mark = write.upsert_into(NewsRead).values(subject=subject, until=until)
        write.execute(
            mark.on_conflict_do_update(
                index_elements=["subject"], set_={"until": until}, where=NewsRead.until < until
            )
        )
        note_change(write, NEWS, subject)  # their other open pages count again
