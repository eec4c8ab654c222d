"""Units as systemd reads them, wherever the project lies."""

from collections.abc import Collection
from pathlib import Path

from deploy.instance.instance import PROJECT


def not_below_dev(unit: str) -> str:
    """Return a unit whose folder is not below /dev, where memory is: systemd refuses that."""
    if not PROJECT.is_relative_to("/dev"):
        return unit
    return unit.replace(f"WorkingDirectory={PROJECT}\n", "WorkingDirectory=/\n")


def readable(units: Collection[Path], folder: Path) -> list[Path]:
    """Return copies of units, in a folder, that systemd reads."""
    copies = [folder / unit.name for unit in units]
    for unit, copy in zip(units, copies, strict=True):
        copy.write_text(not_below_dev(unit.read_text("utf-8")), "utf-8")
    return copies
