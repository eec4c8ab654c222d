"""Marks of what a guardian has read of threads and bulletins."""

from sqlalchemy import select, update

from services.portal_gateway.messages.queries import bulletin_marks
from services.portal_gateway.models import BulletinRead, ThreadCard, ThreadReader
from services.portal_gateway.store import store


def note_thread_read(subject: str, provider: str, thread_id: str, version: int) -> None:
    """
    Note that a provider has just shown all of a thread, until its card says so.

    A card newer than what was shown is left alone: it may count a message that came meanwhile.
    """
    shown = select(ThreadCard.thread_id).where(
        ThreadCard.provider == provider,
        ThreadCard.thread_id == thread_id,
        ThreadCard.version <= version,
    )
    own_row = (
        ThreadReader.provider == provider,
        ThreadReader.thread_id.in_(shown),
        ThreadReader.subject == subject,
        ThreadReader.unread > 0,
    )
    with store.read() as read:
        if read.scalar(select(ThreadReader.unread).where(*own_row)) is None:
            return
    with store.write() as write:
        write.execute(update(ThreadReader).where(*own_row).values(unread=0))


def note_bulletins_read(subject: str, provider: str, number: int) -> None:
    """Note that a guardian has read a provider's bulletins up to one; the mark never goes back."""
    with store.read() as read:
        if bulletin_marks(read, subject).get(provider, 0) >= number:
            return
    with store.write() as write:
        write.execute(
            write.upsert_into(BulletinRead)
            .values(subject=subject, provider=provider, number=number)
            .on_conflict_do_update(
                index_elements=["subject", "provider"],
                set_={"number": number},
                where=BulletinRead.number < number,
            )
        )
