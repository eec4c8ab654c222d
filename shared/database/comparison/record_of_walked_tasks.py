"""Completed walks over all rows: tasks that need no other one under this register, on this day."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from shared.database.store import Store

WALKS = 2


class RegisterWalked:
    """
    Tasks that walked all rows for the register as it is; another register has them walk again.

    Each walks twice: what began to be written under the former register may be there after the
    first walk. It is known to this process alone. A register that was read anew counts as another
    one, whatever it says. A task that is asked with a day walks again on another one.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._walks: dict[str, tuple[Any, Any, date | None, int]] = {}

    def is_walk_done(self, task: str, day: date | None = None) -> bool:
        """Return whether a task walked all rows since the register was last read, and again."""
        return self._count_walks(task, self._store.register.now, day) >= WALKS

    @contextmanager
    def remember_walk(self, task: str, day: date | None = None) -> Iterator[None]:
        """Remember that a task has walked all rows, if it comes to its end."""
        register = self._store.register.now
        yield
        walks = self._count_walks(task, register, day) + 1
        self._walks[task] = self._store.engine, register, day, walks

    def walk_in_portions(
        self, query: Callable[..., tuple[Sequence[str], str]], *asked: object
    ) -> Iterator[Sequence[str]]:
        """
        Yield what a query finds among all rows, a portion at a time; requests go in between.

        The query is given the last row looked at, at first "", and returns it again with what it
        found; "" at the end.
        """
        after, begun = "", False
        while after or not begun:
            begun = True
            with self._store.read() as read:
                found, after = query(read, *asked, after)
            if found:
                yield found
            time.sleep(0)

    def _count_walks(self, task: str, register: Any, day: date | None) -> int:
        database, walked_for, walked_on, walks = self._walks.get(task, (None, None, None, 0))
        same = database is self._store.engine and walked_for is register and walked_on == day
        return walks if same else 0
