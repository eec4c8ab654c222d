"""Identifiers: UUIDv7 as text, so that rows written later sort later."""

import os
import time

_MILLISECOND = 1_000_000  # nanoseconds


def moment_of_id(id_: str) -> float | None:
    """Return when an id was given, in epoch seconds; None for what is no UUIDv7."""
    if len(id_) != 36 or id_[14] != "7":
        return None
    try:
        return int(id_[:8] + id_[9:13], 16) / 1000
    except ValueError:
        return None


def new_id() -> str:
    """
    Give a UUIDv7 of 36 characters.

    The 12 bits after the milliseconds hold the fraction of the millisecond (RFC 9562, 6.2, method
    3): no state, hence no lock to inherit across a fork, and ids of one process follow each other
    in order as long as its clock does.
    """
    milliseconds, rest = divmod(time.time_ns(), _MILLISECOND)
    fraction = rest * 4096 // _MILLISECOND
    tail = int.from_bytes(os.urandom(8), "big") >> 2
    number = milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | tail
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
