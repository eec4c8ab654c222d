"""Processor time of processes as the kernel counts it: what else runs here adds nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

NANOSECONDS = 1e9


@dataclass
class Spent:
    """Seconds of processor between the beginning and the end of something."""

    seconds: float = 0.0


class Processor:
    """Processes looked at together, those that a database server has started for them as well."""

    def __init__(self, *pids: int, server: int | None = None) -> None:
        self._pids, self._server = pids, server

    def seconds(self) -> float:
        """Return the seconds of processor that all of them have had so far."""
        pids = [*self._pids, *(_family_of(self._server) if self._server else ())]
        return sum(_seconds_of(pid) for pid in pids)

    @contextmanager
    def spent(self) -> Iterator[Spent]:
        """Count what they spend meanwhile; it stands in what is given once that is over."""
        spent, before = Spent(), self.seconds()
        yield spent
        spent.seconds = self.seconds() - before


def _family_of(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in _read(task).split():
            yield from _family_of(int(child))


def _seconds_of(pid: int) -> float:
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int((_read(each) or "0").split()[0]) for each in threads) / NANOSECONDS


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except OSError:  # it has ended meanwhile
        return ""
