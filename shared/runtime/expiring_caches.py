"""Expiring caches of a process: a timer empties them, even if nothing is read again."""

import threading
from collections.abc import Callable


class Forgetting:
    """Calls `forget` so many seconds after something was remembered, once for all until then."""

    def __init__(self, seconds: float, forget: Callable[[], None]) -> None:
        self._seconds = seconds
        self._forget = forget
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def remembered(self) -> None:
        """Note that something is remembered from now on; of a forked process nothing runs yet."""
        with self._lock:
            if self._timer is not None and self._timer.is_alive():
                return
            self._timer = threading.Timer(self._seconds, self._end)
            self._timer.daemon = True
            self._timer.start()

    def _end(self) -> None:
        with self._lock:
            self._timer = None  # what is remembered from here on waits for a timer of its own
        self._forget()
