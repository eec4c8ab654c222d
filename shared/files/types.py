"""Type of a file that a person sends: recognised by its content, never by its name. Pure."""

import hashlib
import re

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
WEBP, HEIC = "image/webp", "image/heic"
SENT_TYPES = (JPEG, PNG, WEBP, HEIC, PDF)
"""Types of file that a person may send; each is made anew (`shared/files/cleaning.py`)."""
MEDIA_TYPES = (PDF, JPEG)
"""Types of file that are kept and given out."""
ENDINGS = {PDF: ".pdf", JPEG: ".jpg"}

_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc"})

LARGEST_SENT = 24 * 1024 * 1024
"""Bytes of one file as it is sent: what a telephone takes in its best quality."""
MOST_FILES = 3
"""Attachments of one message."""

_UNSAFE = re.compile(r"[^\w .,()’'-]")


def sent_type_of(content: bytes) -> str | None:
    """Return what a sent file is by its first bytes; None for anything that nobody may send."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    if content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS:
        return HEIC
    return media_type_of_content(content)


def media_type_of_content(content: bytes) -> str | None:
    """Return what a kept file is by its first bytes; None for anything else."""
    if content.startswith(b"%PDF-"):
        return PDF
    return JPEG if content.startswith(b"\xff\xd8\xff") else None


def safe_name(name: str, media_type: str) -> str:
    """Return a file's name as it may stand on a page and in a header, with the ending it earns."""
    plain = _UNSAFE.sub("", name.replace("\\", "/").rsplit("/", 1)[-1]).strip(" .")
    stem = plain.rsplit(".", 1)[0].strip(" .")[:80]
    return f"{stem or 'document'}{ENDINGS[media_type]}"


def digest_of_file(content: bytes) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
