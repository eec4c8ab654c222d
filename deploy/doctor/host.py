"""Checks of a town's ground: its folder, disk, clock, secrets, ports and last backup."""

import os
import shutil
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from deploy.applied_town import Applied
from deploy.doctor.engines_staying_up import is_port_taken
from deploy.doctor.finding import (
    APPLY,
    NEW_KEYS,
    UP,
    Finding,
    duration_in_words,
    restart_command,
)
from deploy.engines.rabbitmq_node import FREE_DISK_LIMIT
from deploy.instance.instance import PRIVATE, PUBLIC, SHARED_FOLDER, Instance, replace_file
from deploy.instance.release import (
    LAID_ASIDE,
    release_here,
    release_of_town,
    require_register_of_town,
)
from deploy.instance.secrets import SecretsError
from deploy.instance.user_error import UserError
from deploy.processes import supervisor
from deploy.processes.process import RUNNING
from deploy.processes.process_plan import wanted_processes
from deploy.provisioning.api_particulier_token import missing_token_sentence
from deploy.provisioning.key_renewal import is_key_change_broken_off
from deploy.services import SPECS

TIGHT_BYTES = 3 * FREE_DISK_LIMIT
"""Below FREE_DISK_LIMIT the broker takes no message any more; this leaves time to act."""

TIGHT_INODES = 0.05
"""Share of a disk's files: mails and attachments of a town are many and small."""

ROOM_FOR_COPIES = 2
"""Copies of the size of the last one: an older one goes only once the new one is whole."""

BUSY_PROCESSOR = 2.0
"""Processes to each processor for a quarter of an hour: pages then take twice their time."""

TIGHT_MEMORY = 400 * 10**6
"""One more command of `preau`, and a burst at the broker, take some of this."""
MEMORY = Path("/proc/meminfo")

BACKUP_SECONDS = 2 * 86400.0
KEPT_SECONDS = 7 * 86400.0
"""
Time in which a town that was moved, or brought back, has been seen at work, and copied anew: what
was laid aside may go.
"""
BACKED_UP = "last-backup"
"""The town's backup job touches this file of the instance when it has succeeded."""
APART, BESIDE = "on a disk of its own", "on the town's disk"

IN_IMAGE = "PREAU_IN_IMAGE"
"""Set by the image: a container sees what is mounted, and knows nothing of the rest of its host."""

UNNAMED = (
    "Nobody is named who may open keys and secrets (`backup` in engines.yaml), so that copies hold"
    " neither: if this machine is lost, the town is."
)


def check_town_is_installed(applied: Applied) -> Iterator[Finding]:
    """Say that there is no town here; nothing else can be looked at then."""
    if applied.register_in_force() is not None:
        return
    try:
        require_register_of_town(applied.instance)
    except UserError as lost:
        is_laid_aside = any(applied.instance.home.glob(f"{LAID_ASIDE}*/{PUBLIC}"))
        yield Finding(str(lost), f"preau {'rollback' if is_laid_aside else 'restore'} COPY")
    else:
        yield Finding(f"There is no town at {applied.instance.home} yet.", UP)


def check_release_of_town(applied: Applied) -> Iterator[Finding]:
    """Say that the town is of another release than this code, which knows no more of it then."""
    of_town, here = release_of_town(applied.instance), release_here()
    if of_town is not None and of_town.order != here.order:
        yield Finding(
            f"The town is of Préau {of_town.version}, and this is {here.version}.",
            f"{of_town.preau} doctor"
            if of_town.order > here.order
            else f"{here.preau} upgrade COPY",
        )


def check_town_laid_aside(applied: Applied) -> Iterator[Finding]:
    """Say that what was erased since a rollback can still be read in what that laid aside."""
    for folder in sorted(applied.instance.home.glob(f"{LAID_ASIDE}*")):
        since = time.time() - folder.stat().st_mtime
        if since > KEPT_SECONDS:
            yield Finding(
                f"The town of before a rollback has lain in {folder} for"
                f" {duration_in_words(since)}: what was erased since can be read in it.",
                f"rm -r {folder}",
            )


def check_disk(applied: Applied) -> Iterator[Finding]:
    for place, free in free_disk(applied).items():
        if free < TIGHT_BYTES:
            yield Finding(
                f"Only {free / 10**9:.1f} GB are free at {place}; below"
                f" {FREE_DISK_LIMIT / 10**9:.0f} GB the broker takes no message, and nobody"
                " signs in.",
                f"du -xh --max-depth=2 {place} | sort -h | tail",
            )

    for place, share in free_inodes(applied).items():
        if share < TIGHT_INODES:
            yield Finding(
                f"The disk at {place} has room, and only {share:.1%} of its files are left to be"
                " made: when none is, nothing can be saved.",
                f"du -x --inodes --max-depth=2 {place} | sort -n | tail",
            )


def check_disk_of_copies(applied: Applied) -> Iterator[Finding]:
    """Say that the next nightly copy will find no room, or no folder."""
    last = last_nightly_copy(applied.instance)
    if last is None:
        return
    if last.free_bytes is None:
        yield Finding(
            f"{last.folder}, into which the town is copied at night, is not there, or without the"
            " disk that it lay on.",
            f"findmnt --target {last.folder.parent}  # is its disk mounted?",
        )
    elif last.free_bytes < ROOM_FOR_COPIES * last.size:
        yield Finding(
            f"Only {last.free_bytes / 10**9:.1f} GB are free at {last.folder}, and the last copy"
            f" of the town took {last.size / 10**9:.1f} GB: one of the next finds no room.",
            f"du -xh --max-depth=1 {last.folder} | sort -h | tail",
        )


@dataclass(frozen=True)
class NightlyCopy:
    """The last of the nightly copies: the folder of all, its bytes, and whether it lay apart."""

    folder: Path
    size: int
    home: Path
    lay_apart: bool

    @property
    def free_bytes(self) -> int | None:
        """Return the room where copies go, None where the folder is not there, or not ours."""
        try:
            return None if self.is_disk_away else shutil.disk_usage(self.folder).free
        except OSError:
            return None

    @property
    def is_disk_away(self) -> bool:
        """Return whether copies that had a disk of their own would go to the town's, or no one."""
        try:
            return self.lay_apart and not _lies_apart(self.folder, self.home)
        except OSError:
            return True


def _lies_apart(folder: Path, home: Path) -> bool:
    """
    Return whether a folder lies on another disk than a home and this system.

    By the disk, not by where it is mounted: of a unit every folder that it may write is a mount.
    """
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return there.stat().st_dev not in (home.stat().st_dev, Path("/").stat().st_dev)


def note_nightly_copy(instance: Instance, folder: Path, size: int) -> None:
    """Note where the last copy went: its disk is looked at from then on."""
    whole = folder.resolve()
    noted = f"{whole}\n{size}\n{APART if _lies_apart(whole, instance.home) else BESIDE}\n"
    replace_file(instance.home / BACKED_UP, noted, mode=0o644)


def last_nightly_copy(instance: Instance) -> NightlyCopy | None:
    """
    Return what was noted; None where nothing can be said of it.

    So where a copy was made by other means, which touch the note, and where it lies in a folder of
    the host that this container is not shown.
    """
    note = instance.home / BACKED_UP
    lines = note.read_text("utf-8").splitlines() if note.exists() else []
    if len(lines) != 3:
        return None
    last = NightlyCopy(Path(lines[0]), int(lines[1]), instance.home, lines[2] == APART)
    is_of_home = last.folder.is_relative_to(instance.home.resolve())
    is_hidden = IN_IMAGE in os.environ and not is_of_home and not last.folder.exists()
    return None if is_hidden else last


def free_disk(applied: Applied) -> dict[Path, int]:
    """Return the bytes that are free on each disk on which the town lies, by a folder of it."""
    return {place: shutil.disk_usage(place).free for place in _disks_of_town(applied)}


def free_inodes(applied: Applied) -> dict[Path, float]:
    """Return the share of files that may still be made, where a disk has room for so many only."""
    disks = {place: os.statvfs(place) for place in _disks_of_town(applied)}
    return {place: disk.f_favail / disk.f_files for place, disk in disks.items() if disk.f_files}


def _disks_of_town(applied: Applied) -> list[Path]:
    instance = applied.instance
    places = [instance.home]
    if applied.engines_of_town.own and applied.engines_of_town.database_engine is not None:
        places.append(instance.postgres_dir.resolve())  # which may lie outside of the home
    return list(
        {place.stat().st_dev: place for place in reversed(places) if place.exists()}.values()
    )


def processor_load() -> float:
    """Return how many processes wanted each processor in the last quarter of an hour."""
    return os.getloadavg()[2] / (os.cpu_count() or 1)


def check_memory(_applied: Applied) -> Iterator[Finding]:
    """Say that the kernel is about to end processes for want of memory: the largest, an engine."""
    free = available_memory()
    if free < TIGHT_MEMORY:
        yield Finding(
            f"Only {free / 10**6:.0f} MB of memory can still be taken; when none is left,"
            " the kernel ends a process of its choice.",
            "ps -eo rss,pid,args --sort=-rss | head -15",
        )


def available_memory() -> int:
    """Return the bytes that processes may take without swapping, as the kernel reckons."""
    lines = dict(line.split(":", 1) for line in MEMORY.read_text("ascii").splitlines())
    return int(lines["MemAvailable"].split()[0]) * 1024


def check_secrets(applied: Applied) -> Iterator[Finding]:
    """Say which secrets others may read, and which principal has none."""
    instance = applied.instance
    # Under systemd a database is its principal's and the operator's: nobody else is in its group.
    open_to = 0o077 if applied.engines_of_town.supervised else 0o007
    folders = [instance.secrets_dir, instance.broker_dir, *instance.data_dir.glob("*/")]
    mode = PRIVATE if applied.engines_of_town.supervised else SHARED_FOLDER
    for folder in folders:
        if folder.exists() and _permissions_of_file(folder) & open_to:
            yield Finding(
                f"The folder {folder} is open to other users of this machine.",
                f"chmod {mode:o} {folder}",
            )
    for path in sorted(instance.secrets_dir.glob("*.env")):
        if _permissions_of_file(path) & 0o077:
            yield Finding(
                f"The secrets of {path.stem} can be read by other users of this machine.",
                f"chmod 600 {path}",
            )
    lost = [*_check_secrets_are_there(applied)]
    yield from lost
    if not lost and is_key_change_broken_off(applied):
        yield Finding(
            "A change of keys was broken off: no process starts before it is ended.", NEW_KEYS
        )


def _check_secrets_are_there(applied: Applied) -> Iterator[Finding]:
    """Say whose are gone: a password is made anew, a key under which data lies is not."""
    services = {row["name"]: row["service"] for row in applied.principals_in_force()}
    kept = dict.fromkeys(applied.secrets.principals_with_secrets(), "")
    for name, service in {**kept, **services}.items():
        if lost := list(secrets_that_are_lost(applied, name, has_key=service in SPECS)):
            yield from lost
        elif name not in kept:
            yield Finding(f"{name} has no secrets, and cannot start.", APPLY)


def secrets_that_are_lost(
    applied: Applied, principal: str, *, has_key: bool = True
) -> Iterator[Finding]:
    """Say that a file of secrets cannot be read, or has lost the key under which data lies."""
    try:
        applied.secrets.read_values(principal)
        applied.secrets.require_kept_keys([principal] if has_key else [])
    except SecretsError as lost:
        path = applied.instance.secrets_path(principal)
        yield Finding(str(lost), _command_that_brings_back_secrets(applied, path))


def _command_that_brings_back_secrets(applied: Applied, path: Path) -> str:
    if applied.engines_of_town.backup.secrets_in_clear:
        return f"cp COPY/secrets/{path.name} {path}"
    opened = "age --decrypt --identity KEY COPY/secrets.age"
    return f"{opened} | tar --extract --directory {applied.instance.home} secrets/{path.name}"


def check_api_particulier_token(applied: Applied) -> Iterator[Finding]:
    """Say where families are to ask for their quotient and billing has no token to ask with."""
    register = applied.register_in_force()
    is_named = register is not None and "api_particulier" in register["town"]
    if said := missing_token_sentence(applied, is_named=is_named):
        yield Finding(said, restart_command("billing"))


def check_ports_taken(applied: Applied) -> Iterator[Finding]:
    """Say which of the town's addresses somebody else has taken."""
    if not applied.engines_of_town.supervised:
        return
    running = (supervisor.supervisor_state(applied.instance) or {"processes": {}})["processes"]
    for name, port in sorted(_ports_by_process(applied).items()):
        ours = running.get(name, {}).get("state") == RUNNING
        if not ours and is_port_taken(port):
            yield Finding(
                f"{name} cannot start: another program has taken its port {port}.",
                f"ss -ltnp 'sport = :{port}'",
            )


def check_age_of_backup(applied: Applied) -> Iterator[Finding]:
    """Say how old the last backup is; a town of demonstration needs none."""
    path = applied.instance.home / BACKED_UP
    demo = bool((applied.register_in_force() or {"town": {"demo": True}})["town"]["demo"])
    if not path.exists():
        if not demo:
            yield Finding(
                f"No backup of this town has been noted in {path}.", _backup_command(applied)
            )
        return
    since = time.time() - path.stat().st_mtime
    if since > BACKUP_SECONDS:
        yield Finding(
            f"The last backup is {duration_in_words(since)} old.", _backup_command(applied)
        )


def check_recipients(applied: Applied) -> Iterator[Finding]:
    """Say that no copy holds what opens it; a town of demonstration is not missed."""
    settings, register = applied.engines_of_town.backup, applied.register_in_force()
    demo = register is None or bool(register["town"]["demo"])
    if not demo and not settings.recipients and not settings.secrets_in_clear:
        yield Finding(
            UNNAMED, "age-keygen  # on another machine; its public key goes into engines.yaml"
        )


def _backup_command(applied: Applied) -> str:
    """Return the command that copies the town; a database server has tools of its own for that."""
    home = applied.instance.home
    if applied.engines_of_town.database_engine is not None:
        return f"touch {home / BACKED_UP}  # once your own backup has succeeded"
    return f"preau backup --into {home.parent}/copies"


def _ports_by_process(applied: Applied) -> dict[str, int]:
    """Return the port of each process that listens, by its name."""
    found = {}
    for process in wanted_processes(applied):
        arguments = [str(each) for each in process.argv]
        for flag in ("--bind", "--port"):
            if flag in arguments:
                value = arguments[arguments.index(flag) + 1]
                found[process.name] = urlsplit(f"//{value}").port or int(value)
    return found | {"metrics": applied.instance.metrics_port}


def _permissions_of_file(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
