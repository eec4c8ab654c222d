"""What a process has looked for among all rows because of the register, which alone changes it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from shared.database.store import Store


class RegisterWalked:
    """
    Tasks that walked all rows for the register as it is; another register has them walk again.

    It is known to this process alone: one that starts walks once. A register that was read anew
    counts as another one, whatever it says.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._done: dict[str, tuple[Any, Any]] = {}

    def is_done(self, task: str) -> bool:
        """Return whether a task walked all rows since the register was last read."""
        database, register = self._done.get(task, (None, None))
        return database is self._store.engine and register is self._store.register.now

    @contextmanager
    def doing(self, task: str) -> Iterator[None]:
        """Remember that a task has walked all rows, if it comes to its end."""
        walked_for = self._store.engine, self._store.register.now
        yield
        self._done[task] = walked_for
