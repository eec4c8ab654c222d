"""A JSON file that is reloaded when it is replaced, without a restart of the process."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

T = TypeVar("T")

NO_MARK = 0, 0, 0
LOOK_EVERY_SECONDS = 1.0


class ReloadingFile(Generic[T]):
    """
    The content of a JSON file, parsed by `read`; safe to share between threads.

    While the file does not exist, the content is `absent`. Without `absent` the file must exist and
    be valid at the start: raises OSError, and what `read` raises.

    There is no lock, because a fork could inherit it locked. The file's mark and content are one
    attribute: if two threads load at once, the older content is used for a second at worst.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        read: Callable[[Any], T],
        clock: Callable[[], float] = time.monotonic,
        every: float = LOOK_EVERY_SECONDS,
        absent: T | None = None,
    ) -> None:
        self._path = Path(path)
        self._read = read
        self._clock = clock
        self._every = every
        self._looked_at = clock()
        self.stale = False  # true while the file cannot be read and the last good one is in use
        self._loaded = (
            self._load_file() if absent is None or self._path.exists() else (NO_MARK, absent)
        )

    @property
    def now(self) -> T:
        """The content, at most `every` seconds old; the last valid one while the file is broken."""
        if self._clock() - self._looked_at >= self._every:
            self._reload_if_replaced()
        return self._loaded[1]

    def _reload_if_replaced(self) -> None:
        """Load the file if it was replaced; keep the last content if it is missing or broken."""
        self._looked_at = self._clock()
        try:
            if _stamp_of_file(os.stat(self._path)) != self._loaded[0]:
                self._loaded = self._load_file()
            self.stale = False
        except (OSError, ValueError, LookupError, TypeError):
            self.stale = True

    def _load_file(self) -> tuple[tuple[int, int, int], T]:
        with self._path.open(encoding="utf-8") as file:
            return _stamp_of_file(os.fstat(file.fileno())), self._read(json.load(file))


def _stamp_of_file(stat: os.stat_result) -> tuple[int, int, int]:
    return stat.st_mtime_ns, stat.st_ino, stat.st_size
