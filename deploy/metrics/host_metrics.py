"""Metrics of a town's infrastructure: disk, memory, engines, certificates, its last copy."""

import time
from collections.abc import Iterable

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from deploy.applied_town import Applied
from deploy.doctor.certificates import ends_of_certificates
from deploy.doctor.host import (
    BACKED_UP,
    available_memory,
    free_disk,
    free_inodes,
    last_nightly_copy,
    processor_load,
)
from deploy.processes.engine_watch import engine_states


class Ground(Collector):
    """Reads them at a scrape; each takes some microseconds."""

    def __init__(self, applied: Applied) -> None:
        self._applied = applied

    def collect(self) -> Iterable[Metric]:
        instance = self._applied.instance
        disk = _new_gauge("disk_free_bytes", "Room left where the town lies.", "place")
        for place, free in free_disk(self._applied).items():
            disk.add_metric([str(place)], free)
        files = _new_gauge("disk_free_files", "Share of its files that can be made.", "place")
        for place, share in free_inodes(self._applied).items():
            files.add_metric([str(place)], share)
        load = _new_gauge("processor_load", "Processes to each processor, of fifteen minutes.")
        load.add_metric([], processor_load())
        memory = _new_gauge("memory_available_bytes", "Memory that processes may still take.")
        memory.add_metric([], available_memory())
        up = _new_gauge("engine_up", "Whether an engine of Préau's own runs.", "engine")
        restarts = _new_gauge("engine_restarts", "How often it was started again.", "engine")
        for name, state in engine_states(instance).items():
            up.add_metric([name], state["running"])
            restarts.add_metric([name], state["restarts"])
        ends = _new_gauge("certificate_ends_seconds", "Until a certificate is over.", "file")
        for path, end in ends_of_certificates(self._applied).items():
            if end is not None:
                ends.add_metric([str(path)], end.timestamp() - time.time())
        copied = _new_gauge("backup_age_seconds", "Since the last whole copy of the town.")
        note = instance.home / BACKED_UP
        if note.exists():
            copied.add_metric([], time.time() - note.stat().st_mtime)
        copies = _new_gauge("backup_disk_free_bytes", "Room left where nightly copies go.")
        size = _new_gauge("backup_bytes", "Size of the last of them.")
        if (last := last_nightly_copy(instance)) is not None:
            copies.add_metric([], last.free_bytes or 0)  # none, where the folder is not there
            size.add_metric([], last.size)
        return disk, files, load, memory, up, restarts, ends, copied, copies, size

    def describe(self) -> Iterable[Metric]:
        """Say nothing in advance: a town may have none of it yet."""
        return []


def _new_gauge(name: str, description: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"preau_{name}", description, labels=labels)
