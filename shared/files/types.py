"""
A file that somebody sends: recognised by its content, never by its name. Pure.

On the bus a file travels in parts, since a message holds 256 kB: a part is named by its number from
0. How large a part is stands with the message that carries it. What is attached to a conversation
is kept as it came; a paper of a draft is rebuilt, and may be less (`shared/files/photographs.py`
says why).
"""

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

PDF, JPEG, PNG, WEBP = "application/pdf", "image/jpeg", "image/png", "image/webp"
MEDIA_TYPES = (PDF, JPEG, PNG, WEBP)
"""Types of file that may be attached to a message."""
ENDINGS = {PDF: ".pdf", JPEG: ".jpg", PNG: ".png", WEBP: ".webp"}

MOST_FILES = 3
"""Attachments of one message."""

PART_BYTES = 144 * 1024
"""Of an attachment in one message: 192 kB once it is written in base64."""

_UNSAFE = re.compile(r"[^\w .,()’'-]")


def media_type_of(content: bytes) -> str | None:
    """Return what a file is by its first bytes; None for anything else."""
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


def parts_of(size: int, part_bytes: int = PART_BYTES) -> int:
    """Return in how many parts a file of this size travels."""
    return -(-size // part_bytes)


def part_of(content: bytes, number: int, part_bytes: int = PART_BYTES) -> str:
    """Return one part of a file, in base64; "" where there is none."""
    return base64.b64encode(content[number * part_bytes : (number + 1) * part_bytes]).decode()


def split(content: bytes, part_bytes: int = PART_BYTES) -> Iterator[tuple[int, str]]:
    """Return the parts of a file with their numbers from 0, in base64."""
    for number in range(parts_of(len(content), part_bytes)):
        yield number, part_of(content, number, part_bytes)


def joined(parts: Iterable[str]) -> bytes:
    """Return the file whose parts these are, in their order; raises binascii.Error."""
    return b"".join(map(base64.b64decode, parts))


class Changed(ValueError):
    """The parts that came are not those of one file."""


def whole(first: Any, another: Callable[[int], Any]) -> bytes:
    """
    Return a file of which the first part was answered (contracts.values.FilePart).

    `another` asks for the part of a number. Raises Changed where the file changed in between, and
    binascii.Error.
    """
    rest = (another(number).content for number in range(1, first.parts))
    content = joined([first.content, *rest])
    if first.sha256 and digest_of(content) != first.sha256:
        raise Changed
    return content
