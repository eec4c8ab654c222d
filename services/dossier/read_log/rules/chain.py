"""
The chain of the read log: each line signs itself and the line before it.

Pure. A changed, missing, added or moved line breaks the chain; a log cut short no longer reaches
its head, nor the heads that were noted outside the database; a purge is itself a signed line, and
distinguishes what it took from a truncation (rule R13).
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.contracts.dossier.data_protection.read_log import BEGINNING, CHANGED, DISORDER, END, GAP

GENESIS = "0" * 64
"""The signature that the very first line follows."""


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
    """The line at which verification stopped, and one of contracts.read_log.REASONS."""

    sequence: int
    reason: str


def make_signed_line(
    key: bytes, after: Head, body: Mapping[str, object], through: Head | None = None
) -> ChainLine:
    """Return the line that follows `after`."""
    sequence = after.sequence + 1
    mac = _line_mac(key, sequence, after.mac, body, through)
    return ChainLine(sequence, after.mac, mac, body, through)


def verify_chain(
    key: bytes, lines: Iterable[ChainLine], head: Head, anchors: Iterable[Head] = ()
) -> Broken | None:
    """
    Return where the log was tampered with, or None; the lines are gone through once.

    `head` is the database's own last line; `anchors` are heads that were noted outside of it.
    """
    noted = _anchors_by_sequence(anchors)
    beginning: Head | None = None
    before: Head | None = None
    taken = {Head()}  # what a first line may follow: nothing, or what a purge says that it took
    for line in lines:
        broken = _find_break(key, before, line)
        if broken is None and noted.get(line.sequence, {line.mac}) != {line.mac}:
            broken = Broken(line.sequence, CHANGED)
        if broken:
            return broken
        beginning = beginning or Head(line.sequence - 1, line.previous)
        if line.through:
            taken.add(line.through)
        before = line.head
    if beginning and beginning not in taken:
        return Broken(beginning.sequence + 1, BEGINNING)
    last = before or Head()
    if last != head or max(noted, default=0) > last.sequence:
        return Broken(last.sequence, END)
    return None


def _anchors_by_sequence(anchors: Iterable[Head]) -> Mapping[int, set[str]]:
    noted: dict[int, set[str]] = {}
    for anchor in anchors:
        noted.setdefault(anchor.sequence, set()).add(anchor.mac)
    return noted


def _find_break(key: bytes, before: Head | None, line: ChainLine) -> Broken | None:
    mac = _line_mac(key, line.sequence, line.previous, line.body, line.through)
    if not hmac.compare_digest(mac, line.mac):
        return Broken(line.sequence, CHANGED)
    if before and line.sequence != before.sequence + 1:
        return Broken(line.sequence, GAP if line.sequence > before.sequence else DISORDER)
    if before and line.previous != before.mac:
        return Broken(line.sequence, DISORDER)
    return None


def _line_mac(
    key: bytes, sequence: int, previous: str, body: Mapping[str, object], through: Head | None
) -> str:
    taken = [through.sequence, through.mac] if through else None
    text = json.dumps([sequence, previous, taken, body], sort_keys=True, ensure_ascii=False)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
