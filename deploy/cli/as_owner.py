"""Root's commands on a town of another user's: done as its owner, then the units as root."""

import os
import pwd
import subprocess
import sys

from deploy.instance.instance import Instance
from deploy.systemd.noted_install_command import read_install_command

AS_ROOT = "units"
CHANGES = ("apply", "provider")
"""Commands after which a town may have other users and units."""


def act_as_owner(instance: Instance, command: str | None) -> None:
    """
    Go on as the owner of the town, where root is called on somebody else's.

    What root writes there its owner could not read any more. Root waits, and then does what only
    root may: users and units of a provider that has come or gone.
    """
    if os.geteuid() != 0 or command == AS_ROOT or not instance.home.exists():
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
        status = subprocess.call([sys.executable, "-m", "deploy", *words])
    os._exit(abs(status))


def _become_user(owner: pwd.struct_passwd) -> None:
    os.initgroups(owner.pw_name, owner.pw_gid)
    os.setgid(owner.pw_gid)
    os.setuid(owner.pw_uid)
    os.environ |= {"HOME": owner.pw_dir, "USER": owner.pw_name}
