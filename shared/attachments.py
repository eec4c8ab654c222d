"""
What may be attached to a message: recognised by its content, never by its name. Pure.

On the bus a file travels in parts, since a message holds 256 kB: a part is named by its number, and
the whole by the SHA-256 that the message with which it was sent has said.
"""

import base64
import hashlib
import re
from collections.abc import Iterator

PDF, JPEG, PNG, WEBP = "application/pdf", "image/jpeg", "image/png", "image/webp"
MEDIA_TYPES = (PDF, JPEG, PNG, WEBP)
ENDINGS = {PDF: ".pdf", JPEG: ".jpg", PNG: ".png", WEBP: ".webp"}

MOST_FILES = 3
"""Attachments of one message."""

PART_BYTES = 144 * 1024
"""Of a file in one message: 192 kB once it is written in base64."""

_UNSAFE = re.compile(r"[^\w .,()’'-]")


def media_type_of(content: bytes) -> str | None:
    """Return what a file is by its first bytes; None for what may not be attached."""
    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    return None


def safe_name(name: str, media_type: str) -> str:
    """Return a file's name as it may stand on a page and in a header, with the ending it earns."""
    plain = _UNSAFE.sub("", name.replace("\\", "/").rsplit("/", 1)[-1]).strip(" .")
    stem = plain.rsplit(".", 1)[0].strip(" .")[:80]
    return f"{stem or 'document'}{ENDINGS[media_type]}"


def digest_of(content: bytes) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def parts_of(size: int) -> int:
    """Return in how many parts a file of this size travels."""
    return -(-size // PART_BYTES)


def split(content: bytes) -> Iterator[tuple[int, str]]:
    """Return the parts of a file with their numbers from 0, in base64."""
    for number in range(parts_of(len(content))):
        start = number * PART_BYTES
        yield number, base64.b64encode(content[start : start + PART_BYTES]).decode()
