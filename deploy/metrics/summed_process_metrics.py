"""Sums of the metrics of an instance's processes, each in files of its own folder."""

from collections.abc import Iterable
from pathlib import Path

from prometheus_client import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector


class Counted(Collector):
    """Adds up at each scrape; a process that ended keeps what it counted, or rates would jump."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        files = sorted(str(path) for path in self._folder.glob("*/*.db"))
        return MultiProcessCollector.merge(files, accumulate=True)

    def describe(self) -> Iterable[Metric]:
        """Say nothing in advance: what is counted shows with the first count."""
        return []
