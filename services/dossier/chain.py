"""
The chain of the read log: each line signs itself and the line before it.

Pure. A changed, missing, added or moved line breaks the chain; a log cut short no longer reaches
its head, nor the heads that were noted outside the database; a purge is itself a signed line, and
tells what it took from a truncation (rule R13).
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

GENESIS = "0" * 64
"""What the first line of all has before it."""


@dataclass(frozen=True)
class Head:
    """The last line of the log at some moment; noted outside, it shows what was cut off."""

    sequence: int = 0
    mac: str = GENESIS


@dataclass(frozen=True)
class ChainLine:
    """
    One line as it is signed: `body` holds JSON types.

    A purge line has `through`, the last line that it took.
    """

    sequence: int
    previous: str
    mac: str
    body: Mapping[str, Any]
    through: Head | None = None

    @property
    def head(self) -> Head:
        return Head(self.sequence, self.mac)


@dataclass(frozen=True)
class Broken:
    """Where verification stopped, and why: changed, gap, disorder, beginning or end."""

    sequence: int
    reason: str


def sign(
    key: bytes, after: Head, body: Mapping[str, Any], through: Head | None = None
) -> ChainLine:
    """Return the line that follows `after`."""
    sequence = after.sequence + 1
    mac = _mac(key, sequence, after.mac, body, through)
    return ChainLine(sequence, after.mac, mac, body, through)


def verify_chain(
    key: bytes, lines: Sequence[ChainLine], head: Head, anchors: Iterable[Head] = ()
) -> Broken | None:
    """
    Return where the log was tampered with, or None.

    `head` is the database's own last line; `anchors` are heads that were noted outside of it.
    """
    checks = (
        _links(key, lines),
        _beginning(lines),
        _end(lines, head),
        *(_anchored(lines, anchor) for anchor in anchors),
    )
    return next((broken for broken in checks if broken), None)


def _links(key: bytes, lines: Sequence[ChainLine]) -> Broken | None:
    before: Head | None = None
    for line in lines:
        mac = _mac(key, line.sequence, line.previous, line.body, line.through)
        if not hmac.compare_digest(mac, line.mac):
            return Broken(line.sequence, "changed")
        if before and line.sequence != before.sequence + 1:
            return Broken(line.sequence, "gap" if line.sequence > before.sequence else "disorder")
        if before and line.previous != before.mac:
            return Broken(line.sequence, "disorder")
        before = line.head
    return None


def _beginning(lines: Sequence[ChainLine]) -> Broken | None:
    """The first line follows nothing, or what a purge line further on says that it took."""
    if not lines:
        return None
    before = Head(lines[0].sequence - 1, lines[0].previous)
    if before == Head() or any(line.through == before for line in lines):
        return None
    return Broken(lines[0].sequence, "beginning")


def _end(lines: Sequence[ChainLine], head: Head) -> Broken | None:
    last = lines[-1].head if lines else Head()
    return None if last == head else Broken(last.sequence, "end")


def _anchored(lines: Sequence[ChainLine], anchor: Head) -> Broken | None:
    """An anchor is a line of the log, or older than what the purges left."""
    first, last = (lines[0].sequence, lines[-1].sequence) if lines else (1, 0)
    if anchor.sequence < first:
        return None
    if anchor.sequence > last:
        return Broken(last, "end")
    found = lines[anchor.sequence - first]
    return None if found.mac == anchor.mac else Broken(found.sequence, "changed")


def _mac(
    key: bytes, sequence: int, previous: str, body: Mapping[str, Any], through: Head | None
) -> str:
    taken = [through.sequence, through.mac] if through else None
    text = json.dumps([sequence, previous, taken, body], sort_keys=True, ensure_ascii=False)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
