"""A file of the town, read again when it was replaced: no process starts anew for it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

T = TypeVar("T")

NO_MARK = 0, 0, 0


class ReloadingFile(Generic[T]):
    """
    What a file of JSON says, as `read` makes of it; safe to share between threads.

    Until there is one it says what is `absent`; without that it has to be there, and sound, from
    the start: raises OSError, and what `read` raises.

    Without a lock, which a fork could inherit locked: the file's mark and what was read from it are
    one attribute, so that two threads that read at once leave at worst the older, for a second.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        read: Callable[[Any], T],
        clock: Callable[[], float] = time.monotonic,
        every: float = 1.0,
        absent: T | None = None,
    ) -> None:
        self._path = Path(path)
        self._read = read
        self._clock = clock
        self._every = every
        self._looked_at = clock()
        self.stale = False  # true while the file cannot be read and the last good one is in use
        self._held = self._load() if absent is None or self._path.exists() else (NO_MARK, absent)

    @property
    def now(self) -> T:
        """What the file says in this second."""
        if self._clock() - self._looked_at >= self._every:
            self._refresh()
        return self._held[1]

    def _refresh(self) -> None:
        """Take the file if it is another one; one that is away or broken changes nothing."""
        self._looked_at = self._clock()
        try:
            if _mark(os.stat(self._path)) != self._held[0]:
                self._held = self._load()
            self.stale = False
        except (OSError, ValueError, LookupError, TypeError):
            self.stale = True

    def _load(self) -> tuple[tuple[int, int, int], T]:
        with self._path.open(encoding="utf-8") as file:
            return _mark(os.fstat(file.fileno())), self._read(json.load(file))


def _mark(stat: os.stat_result) -> tuple[int, int, int]:
    return stat.st_mtime_ns, stat.st_ino, stat.st_size
