"""The files of messages, opened whole or in parts."""

from sqlalchemy import select

from services.enrolment.models import Attachment, AttachmentPart
from shared.database import Read, Vault
from shared.files.file_parts import join_parts
from shared.json_values import JsonObject

CONTENT, PART = "attachment.content", "attachment_part.content"


def file_description(vault: Vault, attachment: Attachment) -> JsonObject:
    """Return a file's name, type, size and digest; raises Unreadable."""
    return dict(vault.open(attachment.thread_id, CONTENT, attachment.content))


def part_of_file(read: Read, vault: Vault, attachment: Attachment, number: int) -> str | None:
    """Return one part of a file, in base64; None where there is none."""
    row = read.get(AttachmentPart, (attachment.id, number))
    return None if row is None else str(vault.open(attachment.id, PART, row.content))


def whole_stored_file(read: Read, vault: Vault, attachment: Attachment) -> bytes:
    """Return a stored file; raises Unreadable."""
    rows = read.scalars(
        select(AttachmentPart)
        .where(AttachmentPart.attachment_id == attachment.id)
        .order_by(AttachmentPart.number)
    )
    return join_parts(str(vault.open(attachment.id, PART, row.content)) for row in rows)
