"""
A file that somebody sends: recognised by its content, never by its name. Pure.

What is attached to a conversation is kept as it came; a paper of a draft is rebuilt, and may be
less (`shared/files/photographs.py` says why).
"""

import hashlib
import re

PDF, JPEG, PNG, WEBP = "application/pdf", "image/jpeg", "image/png", "image/webp"
MEDIA_TYPES = (PDF, JPEG, PNG, WEBP)
"""Types of file that may be attached to a message."""
ENDINGS = {PDF: ".pdf", JPEG: ".jpg", PNG: ".png", WEBP: ".webp"}

MOST_FILES = 3
"""Attachments of one message."""

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
