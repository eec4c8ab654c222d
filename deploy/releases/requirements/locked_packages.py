"""The locked packages: names and versions, each pinned by the digests of its files."""

import re
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement

FOLDER = Path(__file__).parent
RUN, DEV = FOLDER / "run.lock", FOLDER / "dev.lock"
"""Packages that a town runs on; the same and the tools of its developers."""

_PIN = re.compile(r"^[A-Za-z0-9][^\\\n]*", re.MULTILINE)


def locked_packages(lock: Path, *, here: bool = False) -> Iterator[tuple[str, str]]:
    """Yield name and version of each package of a lock, or of those that are installed `here`."""
    for line in _PIN.findall(lock.read_text("utf-8")):
        pin = Requirement(line)
        if not here or pin.marker is None or pin.marker.evaluate():
            (version,) = pin.specifier
            yield pin.name, version.version
