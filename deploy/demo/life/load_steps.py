"""The steps of a load: those that are not done yet, with how far it is."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from deploy.demo.journal import Journal

T = TypeVar("T")


class Report(Protocol):
    """Takes what a load says of itself: the stage that begins, and how far each step is."""

    def begin_stage(self, name: str, at: int, of: int) -> None:
        """Take the name of a stage, its number from 1, and how many there are."""

    def show_step(self, name: str, done: int, total: int) -> None:
        """Take what is being done, how much of it is done, and how much there is."""


class Steps:
    """Gives what is left to be done of a list, and says how far it is."""

    def __init__(self, journal: Journal, report: Report) -> None:
        self._journal, self._report = journal, report

    def undone_steps(
        self, what: str, wanted: Sequence[T], at_once: int = 1
    ) -> Iterator[tuple[str, Sequence[T]]]:
        """
        Yield each step that is not noted as done, with so many of the wanted.

        Whoever has done it notes it in the journal, with what it led to.
        """
        for start in range(0, len(wanted), at_once):
            self._report.show_step(what, start, len(wanted))
            step = f"{what} {start}"
            if not self._journal.is_step_done(step):
                yield step, wanted[start : start + at_once]
        self._report.show_step(what, len(wanted), len(wanted))

    def do_each(self, what: str, wanted: Sequence[T], do: Callable[[T], None]) -> None:
        """Do one after the other what is left, and note each."""
        for step, (one,) in self.undone_steps(what, wanted):
            do(one)
            self._journal.note_step_done(step)
