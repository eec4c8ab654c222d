"""
Position of an open page: a count of changes for each audience and kind. Pure.

Counts only grow, each by the transaction that changes something, so that comparing is enough: what
differs was missed, and two changes of one kind are one look. The text of a position is the
browser's Last-Event-ID; it names its audiences by a digest alone.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

_TEXT = re.compile(r"([0-9a-f]{8})-([0-9]{1,12}(?:\.[0-9]{1,12})*)")
MOST_TEXT = 2_000


@dataclass(frozen=True, slots=True)
class Position:
    """The counts of some audiences, in the order of audiences and of kinds."""

    audiences: tuple[str, ...]
    kinds: tuple[str, ...]
    counts: tuple[int, ...]

    @staticmethod
    def of_audiences(
        audiences: tuple[str, ...], kinds: tuple[str, ...], known: Mapping[tuple[str, str], int]
    ) -> "Position":
        """Return where these audiences are; what never changed counts zero."""
        counts = (known.get((audience, kind), 0) for audience in audiences for kind in kinds)
        return Position(audiences, kinds, tuple(counts))

    @property
    def text(self) -> str:
        """Return the position as a browser gives it back."""
        return f"{self._digest}-{'.'.join(map(str, self.counts))}"

    def kinds_changed_since(self, former: str) -> tuple[str, ...]:
        """
        Return the kinds that changed since a former position.

        All of them if the positions cannot be compared: it has other audiences (other households),
        of another release, or no position.
        """
        match = _TEXT.fullmatch(former) if len(former) <= MOST_TEXT else None
        counts = tuple(map(int, match[2].split("."))) if match else ()
        if match is None or match[1] != self._digest or len(counts) != len(self.counts):
            return self.kinds
        moved = {
            self.kinds[at % len(self.kinds)]
            for at, (present, past) in enumerate(zip(self.counts, counts, strict=True))
            if present != past
        }
        return tuple(kind for kind in self.kinds if kind in moved)

    @property
    def _digest(self) -> str:
        named = "|".join((*self.audiences, "", *self.kinds))
        return hashlib.sha256(named.encode()).hexdigest()[:8]
