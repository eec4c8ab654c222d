"""
Resolves the marks of one child, whatever the order in which they arrive.

Pure. The last mark counts, as the page explains. If two devices contradict each other and neither
had the other's mark, the child is to be checked until an agent marks again. Every mark names those
that its device had (`after`): it replaces them.
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
    collected_by: bytes | None = None


@dataclass(frozen=True)
class State:
    """
    State of a child; `kind` is None without a mark, or if the mark was taken back.

    `heads` are the marks that no other replaces: what a device must name when it marks next.
    `collected_by` says with whom the child left, as it is stored.
    """

    kind: str | None = None
    made_at: datetime | None = None
    to_check: bool = False
    heads: tuple[str, ...] = ()
    collected_by: bytes | None = None

    @property
    def has_come(self) -> bool:
        return self.kind in CAME


def resolve_marks(entries: Iterable[MarkEntry]) -> State:
    """Resolve the marks of one child in one session; repeated ones count once."""
    known = list({entry.id: entry for entry in entries}.values())
    if not known:
        return State()
    heads = _marks_by_moment(_unreplaced_marks(known))
    last = heads[-1]
    return State(
        kind=None if last.kind == CLEARED else last.kind,
        made_at=None if last.kind == CLEARED else last.made_at,
        to_check=len({_present_or_kind_of_mark(entry) for entry in heads}) > 1,
        heads=tuple(entry.id for entry in heads),
        collected_by=last.collected_by if last.kind == LEFT else None,
    )


def moment_by_server_clock(
    made_at: datetime, device_now: datetime, received_at: datetime
) -> datetime:
    """
    Return when a mark was made, by this server's clock; never later than it was received.

    `device_now` is the time of the device's clock when it sent the mark.
    """
    return min(made_at + (received_at - device_now), received_at)


def _unreplaced_marks(entries: Sequence[MarkEntry]) -> Sequence[MarkEntry]:
    replaced = {earlier for entry in entries for earlier in entry.after if earlier != entry.id}
    return [entry for entry in entries if entry.id not in replaced] or entries


def _marks_by_moment(entries: Collection[MarkEntry]) -> list[MarkEntry]:
    """Sort marks by moment, then id: the result must not depend on the device."""
    return sorted(entries, key=lambda entry: (entry.made_at, entry.id))


def _present_or_kind_of_mark(entry: MarkEntry) -> str:
    return PRESENT if entry.kind in CAME else entry.kind
