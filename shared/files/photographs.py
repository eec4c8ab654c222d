"""
A photographed paper as it may be kept: nothing but the picture.

Pure. The type is read from the bytes, never believed. What a picture does not need is left out:
where and when it was taken, whose telephone, thumbnails, texts, colour profiles, and whatever
follows its end. What is neither JPEG nor PNG is refused: no other kind is ever served again.

An attachment of a conversation is kept as it came, PDF and WebP among them: who sends it is signed
in. A draft comes from anybody at all, and an agent opens what is in it.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from shared.files.types import JPEG, PNG, media_type_of

LARGEST = 8 * 1024 * 1024
"""Bytes of one picture: what a telephone takes in its best quality."""
MOST_PIXELS = 64_000_000

_JPEG_START, _JPEG_SCAN, _JPEG_END = 0xD8, 0xDA, 0xD9
_JFIF, _EXIF, _ADOBE, _COMMENT = 0xE0, 0xE1, 0xEE, 0xFE
_JPEG_APPS = range(0xE0, 0xF0)
_JPEG_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_ORIENTATION = 0x0112


class NoPicture(ValueError):
    """Not a JPEG or PNG picture, a broken one, or one too large."""


@dataclass(frozen=True)
class Picture:
    """A picture without anything else."""

    media_type: str
    content: bytes


def bare_picture(content: bytes) -> Picture:
    """Return the picture in these bytes, and nothing that came with it; raises NoPicture."""
    if not 0 < len(content) <= LARGEST:
        raise NoPicture("size")
    kind = media_type_of(content)
    try:
        if kind == JPEG:
            return Picture(kind, b"".join(_kept_jpeg_segments(content)))
        if kind == PNG:
            return Picture(kind, b"".join(_kept_png_chunks(content)))
    except (struct.error, IndexError):
        raise NoPicture("broken") from None
    raise NoPicture("kind")


def _kept_jpeg_segments(content: bytes) -> Iterator[bytes]:
    """Give the segments that make the picture, and of the rest how it is to be turned."""
    yield b"\xff\xd8"
    place, framed = 2, False
    while True:
        if content[place] != 0xFF:
            raise NoPicture("broken")
        marker = content[place + 1]
        if marker == _JPEG_END:
            break
        (length,) = struct.unpack(">H", content[place + 2 : place + 4])
        segment = content[place : place + 2 + length]
        if length < 2 or len(segment) != 2 + length:
            raise NoPicture("broken")
        if marker in _JPEG_FRAMES:
            _refuse_vast(*struct.unpack(">HH", segment[5:9]))
            framed = True
        place += 2 + length
        if marker == _JPEG_SCAN:
            end = _end_of_jpeg_scan(content, place)
            yield segment + content[place:end]
            place = end
        elif marker == _EXIF:
            yield _orientation_segment(segment)
        elif marker not in _JPEG_APPS or marker in (_JFIF, _ADOBE):
            yield b"" if marker == _COMMENT else segment
    if not framed:
        raise NoPicture("broken")
    yield b"\xff\xd9"


def _end_of_jpeg_scan(content: bytes, place: int) -> int:
    """Return where the next segment begins: a mark that is neither stuffing nor a restart."""
    while True:
        place = content.find(b"\xff", place)
        if place < 0:
            raise NoPicture("broken")
        if content[place + 1] not in (0x00, 0xFF) and not 0xD0 <= content[place + 1] <= 0xD7:
            return place
        place += 1 if content[place + 1] == 0xFF else 2


def _orientation_segment(segment: bytes) -> bytes:
    """Return an EXIF segment that says how the picture is turned and nothing else, or nothing."""
    body = segment[4:]
    if not body.startswith(b"Exif\0\0"):
        return b""
    tiff = body[6:]
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return b""
    try:
        (first,) = struct.unpack(order + "I", tiff[4:8])
        (entries,) = struct.unpack(order + "H", tiff[first : first + 2])
        rows = (tiff[first + 2 + 12 * at : first + 14 + 12 * at] for at in range(entries))
        tags = [struct.unpack(order + "HHIH", row[:10]) for row in rows]
    except struct.error:
        return b""
    turn = next((tag[3] for tag in tags if tag[0] == _ORIENTATION), 1)
    if turn not in range(2, 9):
        return b""
    exif = b"Exif\0\0MM\0\x2a" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, turn, 0, 0)
    return b"\xff\xe1" + struct.pack(">H", 2 + len(exif)) + exif


def _kept_png_chunks(content: bytes) -> Iterator[bytes]:
    """Give the chunks that make the picture, each checked against its sum."""
    yield _PNG_START
    place, kind = len(_PNG_START), b""
    while kind != b"IEND":
        length, kind = struct.unpack(">I4s", content[place : place + 8])
        chunk = content[place : place + 12 + length]
        if len(chunk) != 12 + length or zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:]):
            raise NoPicture("broken")
        if (kind == b"IHDR") != (place == len(_PNG_START)):
            raise NoPicture("broken")
        if kind == b"IHDR":
            _refuse_vast(*struct.unpack(">II", chunk[8:16]))
        if kind in _PNG_KEPT:
            yield chunk
        place += len(chunk)


def _refuse_vast(height: int, width: int) -> None:
    if not 0 < height * width <= MOST_PIXELS:
        raise NoPicture("size")
