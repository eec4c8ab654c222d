"""
Caches of a process: one whose least used content makes room, and a timer that empties caches, even
if nothing is read again.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Container, Hashable, Mapping
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class RecentlyUsed(Container[K], Generic[K, V]):
    """
    A cache of at most `most` values; the one that was used longest ago makes room.

    Shared by a process's threads.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def get(self, key: K) -> V | None:
        """Return a value, which counts as used; None where it is not kept."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key]

    def keep(self, values: Mapping[K, V]) -> None:
        """Keep these values, each as the last that was used."""
        with self._lock:
            for key, value in values.items():
                self._values[key] = value
                self._values.move_to_end(key)
            while len(self._values) > self._most:
                self._values.popitem(last=False)

    def forget(self, key: K) -> None:
        """Forget a value, if it is kept."""
        with self._lock:
            self._values.pop(key, None)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._values.clear()


class Forgetting:
    """Calls `forget` so many seconds after something was remembered, once for all until then."""

    def __init__(self, seconds: float, forget: Callable[[], None]) -> None:
        self._seconds = seconds
        self._forget = forget
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def schedule_forgetting(self) -> None:
        """Note that something is remembered from now on; of a forked process nothing runs yet."""
        with self._lock:
            if self._timer is not None and self._timer.is_alive():
                return
            self._timer = threading.Timer(self._seconds, self._forget_all)
            self._timer.daemon = True
            self._timer.start()

    def _forget_all(self) -> None:
        with self._lock:
            self._timer = None  # what is remembered from here on waits for a timer of its own
        self._forget()
