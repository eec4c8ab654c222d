"""
Files of messages: announced by their message, received in parts, checked when complete.

The first bytes decide on the type. A file that differs from its message's announcement is refused
and erased.
"""

import binascii
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from services.enrolment.conversations.commands.thread_card import publish_thread_card
from services.enrolment.conversations.queries.message_files import (
    CONTENT,
    PART,
    file_description,
    whole_stored_file,
)
from services.enrolment.models import Attachment, AttachmentPart, Thread
from services.enrolment.store import store
from shared.contracts.enrolment.messages.conversations import (
    AWAITED,
    REFUSED,
    STORED,
    AnnouncedFile,
    AttachmentTooLarge,
)
from shared.contracts.errors import BadRequest
from shared.database import Vault, Write
from shared.database.chunks import chunks
from shared.files.file_parts import count_parts, split_into_parts
from shared.files.types import digest_of_file, media_type_of_content
from shared.runtime.ids import new_id

WAITED_FOR = timedelta(days=9)
"""Time after which a part without its message is erased: an order expires after eight days."""


def size_limit_of_files() -> int:
    """Return the size limit of files in this town."""
    return int(store.register.now.conversations.attachment_bytes)


def record_announced_files(
    write: Write, vault: Vault, thread: Thread, files: Iterable[AnnouncedFile]
) -> None:
    """Record the files of the thread's last message; those whose parts have come are checked."""
    for file in files:
        if file["size"] > size_limit_of_files():
            raise AttachmentTooLarge(most=size_limit_of_files())
        write.lock_names(_name_of_attachment_lock(file["attachment_id"]))
        if write.get(Attachment, file["attachment_id"]) is not None:
            raise BadRequest(errors={"attachments": ["belongs to another message"]})
        content = {name: value for name, value in file.items() if name != "attachment_id"}
        attachment = Attachment(
            id=file["attachment_id"],
            thread_id=thread.id,
            number=thread.messages,
            state=AWAITED,
            content=vault.seal(thread.id, CONTENT, content),
        )
        write.add(attachment)
        write.flush()
        _check_if_complete(write, vault, attachment)


def store_part_of_file(
    write: Write, vault: Vault, attachment_id: str, number: int, data: str, now: datetime
) -> None:
    """
    Store one part of a file, once; the last one triggers the check.

    Part and message may reach two instances in the same instant: a lock orders them.
    """
    write.lock_names(_name_of_attachment_lock(attachment_id))
    known = select(Attachment).where(Attachment.id == attachment_id)
    attachment = write.scalar(known.with_for_update())
    if number >= count_parts(size_limit_of_files()) or (attachment and attachment.state != AWAITED):
        return
    row = {
        "attachment_id": attachment_id,
        "number": number,
        "content": vault.seal(attachment_id, PART, data),
        "received_at": now,
    }
    write.execute(write.upsert_into(AttachmentPart).values(**row).on_conflict_do_nothing())
    if attachment is not None:
        _publish_card_if_file_complete(write, vault, attachment)


def store_agent_file(
    write: Write, vault: Vault, name: str, media_type: str, content: bytes, now: datetime
) -> AnnouncedFile:
    """Store a file that an agent attached; return it as its message announces it."""
    attachment_id = new_id()
    for number, data in split_into_parts(content):
        store_part_of_file(write, vault, attachment_id, number, data, now)
    return {
        "attachment_id": attachment_id,
        "name": name,
        "media_type": media_type,
        "size": len(content),
        "digest": digest_of_file(content),
    }


def erase_parts_without_message(write: Write, vault: Vault, now: datetime) -> None:
    """Erase parts of files whose message never came."""
    lost = (
        select(AttachmentPart.attachment_id)
        .where(AttachmentPart.received_at < now - WAITED_FOR)
        .where(~select(Attachment.id).where(Attachment.id == AttachmentPart.attachment_id).exists())
    )
    erase_files(write, vault, write.scalars(lost.distinct().limit(100)).all())


def erase_files(write: Write, vault: Vault, attachment_ids: Collection[str]) -> None:
    """Erase the parts of these files, and their keys."""
    for chunk in chunks(attachment_ids):
        write.execute(delete(AttachmentPart).where(AttachmentPart.attachment_id.in_(chunk)))
    vault.shred_keys(*attachment_ids)


def _name_of_attachment_lock(attachment_id: str) -> str:
    return f"attachment|{attachment_id}"


def _publish_card_if_file_complete(write: Write, vault: Vault, attachment: Attachment) -> None:
    if _check_if_complete(write, vault, attachment):
        thread = write.get(Thread, attachment.thread_id, with_for_update=True)
        if thread is not None:
            publish_thread_card(write, vault, thread)


def _check_if_complete(write: Write, vault: Vault, attachment: Attachment) -> bool:
    """Return whether the file is complete now; it is then stored or refused."""
    description = file_description(vault, attachment)
    counted = select(func.count()).where(AttachmentPart.attachment_id == attachment.id)
    if write.scalar(counted) != count_parts(description["size"]):
        return False
    if _matches_description(write, vault, attachment, description):
        attachment.state = STORED
    else:
        attachment.state = REFUSED
        erase_files(write, vault, [attachment.id])
    return True


def _matches_description(
    write: Write, vault: Vault, attachment: Attachment, description: Mapping[str, object]
) -> bool:
    try:
        content = whole_stored_file(write, vault, attachment)  # type: ignore[arg-type]
    except binascii.Error:
        return False
    return (
        len(content) == description["size"]
        and digest_of_file(content) == description["digest"]
        and media_type_of_content(content) == description["media_type"]
    )
