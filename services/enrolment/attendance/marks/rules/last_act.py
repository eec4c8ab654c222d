"""
What a child's marks say together, whatever the order in which they arrive.

Pure. The rule that the page explains: the last act counts; where two devices contradict each other
without having been able to see each other, the child is to be checked until somebody marks again.
Every mark names those that its device had in hand (`after`): these it replaces.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

PRESENT, ABSENT, LEFT, CLEARED = "present", "absent", "left", "cleared"
CAME = frozenset({PRESENT, LEFT})


@dataclass(frozen=True)
class MarkEntry:
    """One mark of one child; `made_at` is corrected by what the device's clock differed."""

    id: str
    kind: str
    made_at: datetime
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class State:
    """
    Where a child stands; `kind` is None where nobody has marked, or the mark was taken back.

    `heads` are the marks that no other replaces: what a device must name when it marks next.
    """

    kind: str | None = None
    made_at: datetime | None = None
    to_check: bool = False
    heads: tuple[str, ...] = ()

    @property
    def came(self) -> bool:
        return self.kind in CAME


def resolve(entries: Iterable[MarkEntry]) -> State:
    """Return what these marks of one child in one session say; repeated ones count once."""
    known = list({entry.id: entry for entry in entries}.values())
    if not known:
        return State()
    heads = _in_order(_unreplaced(known))
    last = heads[-1]
    return State(
        kind=None if last.kind == CLEARED else last.kind,
        made_at=None if last.kind == CLEARED else last.made_at,
        to_check=len({_presence(entry) for entry in heads}) > 1,
        heads=tuple(entry.id for entry in heads),
    )


def corrected(made_at: datetime, device_now: datetime, received_at: datetime) -> datetime:
    """
    Return when a mark was made by this side's clock; nothing was made after it was received.

    `device_now` is what the device's clock said when it sent the mark.
    """
    return min(made_at + (received_at - device_now), received_at)


def _unreplaced(entries: Sequence[MarkEntry]) -> Sequence[MarkEntry]:
    replaced = {earlier for entry in entries for earlier in entry.after if earlier != entry.id}
    return [entry for entry in entries if entry.id not in replaced] or entries


def _in_order(entries: Collection[MarkEntry]) -> list[MarkEntry]:
    """At the same instant the greater id is the later: it must not depend on who asks."""
    return sorted(entries, key=lambda entry: (entry.made_at, entry.id))


def _presence(entry: MarkEntry) -> str:
    return PRESENT if entry.kind in CAME else entry.kind
