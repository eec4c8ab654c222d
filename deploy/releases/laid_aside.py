"""
A town of before a rollback: laid aside in its home, whole, and what it did since the copy counted.

What no copy brings stays where it is: the file of engines, logs, copies, the folders of others.

A rollback that is killed leaves a home without a register, and the next one puts the town back. The
mark in the folder says whether the town lay there whole by then: what stood in its place was made
since, and goes; without the mark it is what was still to be laid aside.
"""

import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from deploy.applied_town import Applied
from deploy.instance.instance import (
    ENGINES_FILE,
    MARKER,
    PRIVATE,
    PUBLIC,
    Instance,
    sync_to_disk,
)
from deploy.instance.release import LAID_ASIDE
from deploy.provisioning.databases import DATA
from deploy.services import SPECS, store_of_service
from shared.database.engines import open_engine
from shared.database.tables.kit_tables import kit_table
from shared.dates.clock import PARIS, now

STAYING = (MARKER, ENGINES_FILE)
WHOLE = "whole"
"""The mark in the folder of a town that was laid aside whole."""

COUNTED = {
    "requests": ("answered", "answered_at"),
    "events": ("inbox", "received_at"),
}
"""Work of a service, and where it is noted: requests that wrote for a day, events for thirty."""


def lay_town_aside(instance: Instance) -> Path:
    """Move all that is the town's to a new folder of its home, and return that."""
    owner = instance.home.stat()
    aside = instance.home / f"{LAID_ASIDE}{now().astimezone(PARIS):%Y-%m-%d-%Hh%Mm%S}"
    aside.mkdir(mode=PRIVATE)
    os.chown(aside, owner.st_uid, owner.st_gid)
    for path in _parts_of_town(instance):
        _move_on_disk(path, aside / path.name)
    (aside / WHOLE).touch()
    sync_to_disk(aside)
    return aside


def put_town_back(instance: Instance, aside: Path) -> None:
    """Undo `lay_town_aside`, also what is left to do of either; the register comes last."""
    if (aside / WHOLE).exists():
        for path in _parts_of_town(instance):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        sync_to_disk(instance.home)
        (aside / WHOLE).unlink()
        sync_to_disk(aside)
    for path in sorted(aside.iterdir(), key=lambda path: path.name == PUBLIC):
        place = instance.home / path.name
        if place.is_dir():  # made anew by what only looked, and holds nothing
            shutil.rmtree(place)
        _move_on_disk(path, place)
    aside.rmdir()
    sync_to_disk(instance.home)


def _move_on_disk(path: Path, place: Path) -> None:
    """Rename, and return once a power cut leaves it there: the next begins with what this left."""
    path.rename(place)
    sync_to_disk(place.parent)
    sync_to_disk(path.parent)


def town_of_broken_off_rollback(instance: Instance) -> Path | None:
    """
    Return where a rollback that was killed has laid the town aside; None where there was none.

    Where it had restored the register already, which comes last, the home has a whole town.
    """
    register = instance.register_path.relative_to(instance.home)
    laid_aside = sorted(instance.home.glob(f"{LAID_ASIDE}*/{register}"))
    return None if instance.register_path.exists() or not laid_aside else laid_aside[-1].parents[1]


def _parts_of_town(instance: Instance) -> list[Path]:
    """Return what is laid aside, the register first: without it nothing starts what is left."""
    folders = (
        instance.public_dir,
        instance.data_dir,
        instance.secrets_dir,
        instance.broker_dir,
        instance.postgres_dir,
    )
    files = [path for path in instance.home.iterdir() if path.is_file()]
    parts = [
        *(path for path in files if path.name not in STAYING),
        *(path for path in folders if path.exists()),
    ]
    return sorted(parts, key=lambda path: path != instance.public_dir)


def work_since_in_words(applied: Applied, moment: datetime) -> Iterator[str]:
    """Yield a line for each service that did something after a moment, and say how much."""
    for row in applied.principals_in_force():
        url = applied.secrets.read_values(row["name"]).get(DATA, "")
        if row["service"] not in SPECS or not url:
            continue
        try:
            counts = _count_work(row["service"], url, moment)
        except DBAPIError as error:
            yield f"{row['name']}: not known ({type(error).__name__})"
            continue
        if any(counts.values()):
            said = ", ".join(f"{number} {what}" for what, number in counts.items())
            yield f"{row['name']}: {said}"


def _count_work(service: str, url: str, moment: datetime) -> dict[str, int]:
    """Return how much of each kind a service did after a moment."""
    metadata = store_of_service(service).metadata
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            return {
                what: connection.scalar(
                    select(func.count())
                    .select_from(kit_table(metadata, table))
                    .where(kit_table(metadata, table).c[column] > moment)
                )
                or 0
                for what, (table, column) in COUNTED.items()
            }
    finally:
        engine.dispose()
