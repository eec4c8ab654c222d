"""
Makes of this machine a host of a town, as root: users, who owns which folder, units that run.

As often as it is asked: what is there stays, what the town no longer has goes. A user goes with its
unit, and only after its folder was taken back: its number may be another's tomorrow.
"""

import os
import pwd
import stat
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from deploy.applied_town import Applied
from deploy.hosting.systemd.noted_install_command import TARGET, UNITS
from deploy.hosting.systemd.units import WRITTEN, Host, folder_of_engine, unit_files
from deploy.hosting.systemd.users import (
    BROKER,
    own_engines_of,
    principal_of_process,
    signers_of_services,
    system_user_of_part,
    sysusers_file,
    user_of_process,
)
from deploy.instance.instance import PRIVATE, PROJECT, SHARED_FOLDER, TRAVERSED, replace_file
from deploy.instance.user_error import UserError
from deploy.processes.hosts import SYSTEMCTL, SYSTEMD_RUNS
from deploy.processes.process_plan import wanted_processes

SYSUSERS = Path("/etc/sysusers.d/preau.conf")
SHARED_FILE, PRIVATE_FILE = 0o660, 0o600


def install_host(applied: Applied, host: Host) -> list[str]:
    """
    Make users, folders and units of a host and start it; return in words what has changed.
    """
    former = _users_in(SYSUSERS)
    wanted = unit_files(applied, host)
    stale = _units_written() - wanted.keys()
    if stale:
        _run_systemctl("disable", "--now", "--quiet", *sorted(stale))
    make_users(applied, host)
    hand_over_folders(applied, host.user)
    changed = _write_units(wanted, stale)
    gone = sorted(former - _users_in(SYSUSERS))
    for user in gone:
        _remove_user(applied, user, host.user)
    _run_systemctl("daemon-reload")
    _run_systemctl("enable", "--now", "--quiet", TARGET)
    again = [name for name in changed if name.endswith(".service")]
    if again:
        _run_systemctl("try-restart", *again)
    made = sorted(_users_in(SYSUSERS) - former)
    return [
        *(f"user {user}" for user in made),
        *(f"user {user} is gone" for user in gone),
        *(f"{name} is gone" for name in sorted(stale)),
        f"{len(wanted)} units, {len(changed)} of them new or other than before",
    ]


def make_users(applied: Applied, host: Host) -> None:
    """
    Make the users that are missing, and let the operator into the groups of principals.
    """
    SYSUSERS.parent.mkdir(parents=True, exist_ok=True)
    replace_file(SYSUSERS, sysusers_file(applied, host.user), mode=0o644)
    _run_command("systemd-sysusers", str(SYSUSERS))


def hand_over_folders(applied: Applied, operator: str) -> None:
    """
    Give each part of the town its folder: nobody but the operator enters another's.
    """
    instance, owner = applied.instance, pwd.getpwnam(operator)
    for folder in (instance.home, instance.data_dir):
        _set_owner_and_mode(str(folder), None, owner.pw_uid, owner.pw_gid, TRAVERSED, PRIVATE_FILE)
    os.chown(instance.hosts_path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)
    for process in wanted_processes(applied):
        principal = principal_of_process(process)
        user = pwd.getpwnam(user_of_process(process, operator))
        if process.name == "mail_stub":
            _share_folder_with_operator(instance.mail_dir, owner.pw_uid, user.pw_gid)
        elif (
            principal
            and principal not in signers_of_services()
            and not applied.engines_of_town.database_engine
        ):
            folder = instance.database_path(principal).parent
            folder.mkdir(mode=PRIVATE, exist_ok=True)
            _share_folder_with_operator(folder, owner.pw_uid, user.pw_gid)
    for engine in own_engines_of(applied):
        folder, user = folder_of_engine(applied, engine), pwd.getpwnam(system_user_of_part(engine))
        if engine == BROKER:
            applied.engines_of_town.own_broker.nodes[0].write_configuration()
        _set_owner_and_mode(str(folder), None, user.pw_uid, user.pw_gid, PRIVATE, PRIVATE_FILE)
        for path, parent in _walk_folder(folder):
            os.chown(path, user.pw_uid, user.pw_gid, dir_fd=parent, follow_symlinks=False)


def _share_folder_with_operator(folder: Path, owner: int, group: int) -> None:
    """
    Let a principal and the operator alone read and write a folder.
    """
    _set_owner_and_mode(str(folder), None, owner, group, SHARED_FOLDER, SHARED_FILE)
    for path, parent in _walk_folder(folder):
        _set_owner_and_mode(path, parent, -1, group, SHARED_FOLDER, SHARED_FILE)


def _leave_folder_to_operator(folder: Path, operator: str) -> None:
    """
    Leave a folder to the operator alone.
    """
    owner = pwd.getpwnam(operator)
    for path, parent in _walk_folder(folder):
        _set_owner_and_mode(path, parent, owner.pw_uid, owner.pw_gid, PRIVATE, PRIVATE_FILE)


def _set_owner_and_mode(
    name: str, parent: int | None, owner: int, group: int, folder: int, file: int
) -> None:
    """
    Set owner and mode of a file or folder: no link that somebody laid there is followed.
    """
    handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=parent)
    try:
        kind = os.fstat(handle).st_mode
        if stat.S_ISDIR(kind) or stat.S_ISREG(kind):
            os.fchown(handle, owner, group)
            os.fchmod(handle, folder if stat.S_ISDIR(kind) else file)
    finally:
        os.close(handle)


def _walk_folder(folder: Path) -> Iterator[tuple[str, int | None]]:
    """
    Yield a folder and all that is in it, each by its name within a folder that is open.
    """
    yield str(folder), None
    for _, folders, files, parent in os.fwalk(folder):
        for name in (*folders, *files):
            yield name, parent


def _remove_user(applied: Applied, user: str, operator: str) -> None:
    """
    Take back what a user had, and delete the user.
    """
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        return
    for folder in applied.instance.data_dir.iterdir():
        if folder.is_dir() and folder.stat().st_gid == entry.pw_gid:
            _leave_folder_to_operator(folder, operator)
    _run_command("userdel", user)


def _write_units(wanted: Mapping[str, str], stale: set[str]) -> list[str]:
    """
    Write the units, delete those that the town no longer has; return those that differ.
    """
    for name in stale:
        (UNITS / name).unlink()
    changed = []
    for name, text in wanted.items():
        path = UNITS / name
        if not path.exists() or path.read_text("utf-8") != text:
            replace_file(path, text, mode=0o644)
            changed.append(name)
    return changed


def _units_written() -> set[str]:
    """
    Return the units that an earlier `preau units` wrote.
    """
    return {
        path.name
        for path in UNITS.glob("preau*")
        if path.is_file() and path.read_text("utf-8").startswith(WRITTEN)
    }


def _users_in(file: Path) -> set[str]:
    if not file.exists():
        return set()
    lines = (line.split() for line in file.read_text("utf-8").splitlines())
    return {words[1] for words in lines if words and words[0] == "u"}


def require_separable_users(applied: Applied, user: str) -> None:
    """
    Raise UserError where users could not be kept apart, or could not reach what they run.
    """
    if not SYSTEMD_RUNS.exists():
        raise UserError("systemd does not run here: `preau up`, or name a FOLDER for the units.")
    if os.geteuid() != 0:
        raise UserError("Only root makes users and units: call this as root, or name a FOLDER.")
    try:
        operator = pwd.getpwnam(user)
    except KeyError:
        raise UserError(f"There is no user {user}, who is to own the town.") from None
    if applied.instance.home.stat().st_uid != operator.pw_uid:
        raise UserError(f"{applied.instance.home} is not {user}'s: name its owner by --user.")
    if applied.instance.postgres_dir.is_symlink():
        raise UserError(f"{applied.instance.postgres_dir} lies under /tmp: choose a shorter home.")
    for place in (PROJECT, Path(os.path.realpath("/proc/self/exe")), applied.instance.home):
        for folder in place.parents:
            if not folder.stat().st_mode & stat.S_IXOTH:
                raise UserError(f"{folder} shuts out the users of the town: chmod o+x {folder}")


def _run_systemctl(*words: str) -> None:
    _run_command(SYSTEMCTL, *words)


def _run_command(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise UserError(f"{' '.join(command[:2])}: {done.stderr.strip()}")
