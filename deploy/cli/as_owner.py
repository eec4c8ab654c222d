"""Root's commands on a town of another user's: done as its owner, then the units as root."""

import os
import pwd

from deploy.hosting.systemd.noted_install_command import read_install_command
from deploy.instance.instance import Instance
from deploy.instance.release import LAID_ASIDE, release_here

AS_ROOT = ("units",)
AS_ROOT_OF_UNITS = ("upgrade", "rollback")
"""Commands that stop and write the units of a host, where there are any."""
CHANGES = ("apply", "provider")
"""Commands after which a town may have other users and units."""


def act_as_owner(instance: Instance, command: str | None) -> None:
    """
    Go on as the owner of the town, where root is called on somebody else's.

    What root writes there its owner could not read any more. Root waits, and then does what only
    root may: users and units of a provider that has come or gone.
    """
    as_root = AS_ROOT + (AS_ROOT_OF_UNITS if _has_units(instance) else ())
    if os.geteuid() != 0 or command in as_root or not instance.home.exists():
        return
    owner = instance.home.stat().st_uid
    if owner == 0:
        return
    child = os.fork()
    if child == 0:
        _become_user(pwd.getpwuid(owner))
        return
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    words = read_install_command() if status == 0 and command in CHANGES else None
    if words is not None:
        status = release_here().call_preau(instance, *words)
    os._exit(abs(status))


def _has_units(instance: Instance) -> bool:
    """Say whether systemd runs the town, also one that a rollback laid aside and left there."""
    if instance.hosts_path.exists() or instance.register_path.exists():
        return instance.hosts_path.exists()
    return any(instance.home.glob(f"{LAID_ASIDE}*/{instance.hosts_path.name}"))


def _become_user(owner: pwd.struct_passwd) -> None:
    os.initgroups(owner.pw_name, owner.pw_gid)
    os.setgid(owner.pw_gid)
    os.setuid(owner.pw_uid)
    os.environ |= {"HOME": owner.pw_dir, "USER": owner.pw_name}
