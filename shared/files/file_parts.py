"""
Parts in which a file travels on the bus, since a message holds 256 kB. Pure.

A part is named by its number from 0. The size of a part is declared with the message that carries
it.
"""

import base64
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from shared.files.types import digest_of_file

PART_BYTES = 144 * 1024
"""Bytes of an attachment in one message: 192 kB once they are written in base64."""


def count_parts(size: int, part_bytes: int = PART_BYTES) -> int:
    """Return in how many parts a file of this size travels."""
    return -(-size // part_bytes)


def encode_part(content: bytes, number: int, part_bytes: int = PART_BYTES) -> str:
    """Return one part of a file, in base64; "" where there is none."""
    return base64.b64encode(content[number * part_bytes : (number + 1) * part_bytes]).decode()


def split_into_parts(content: bytes, part_bytes: int = PART_BYTES) -> Iterator[tuple[int, str]]:
    """Return the parts of a file with their numbers from 0, in base64."""
    for number in range(count_parts(len(content), part_bytes)):
        yield number, encode_part(content, number, part_bytes)


def join_parts(parts: Iterable[str]) -> bytes:
    """Return the file whose parts these are, in their order; raises binascii.Error."""
    return b"".join(map(base64.b64decode, parts))


class Part(Protocol):
    """An answer with one part of a file, in base64."""

    @property
    def content(self) -> str: ...

    @property
    def parts(self) -> int: ...


class WholePart(Part, Protocol):
    """Part of a file, with the digest of the whole."""

    @property
    def sha256(self) -> str: ...


class FileChanged(ValueError):
    """The parts that came are not those of one file."""


def fetch_parts(first: Part, another: Callable[[int], Part]) -> bytes:
    """
    Return a file of which the first part was answered; raises binascii.Error.

    `another` asks for the part of a number.
    """
    rest = (another(number).content for number in range(1, first.parts))
    return join_parts([first.content, *rest])


def fetch_whole_file(first: WholePart, another: Callable[[int], WholePart]) -> bytes:
    """
    Return a file of which the first part was answered, with its digest (contracts.values.FilePart).

    Raises FileChanged where the file changed in between, and binascii.Error.
    """
    content = fetch_parts(first, another)
    if first.sha256 and digest_of_file(content) != first.sha256:
        raise FileChanged
    return content
