"""A whole town stopped and started by commands of a release: its own processes, or systemd's."""

import os
import subprocess

from deploy.applied_town import Applied
from deploy.hosting.systemd.noted_install_command import TARGET, read_install_command
from deploy.hosting.systemd.users import own_engines_of
from deploy.instance.release import Release
from deploy.instance.user_error import UserError
from deploy.processes.hosts import SYSTEMCTL, unit_name
from deploy.provisioning.key_renewal import TownRuns, require_stopped


def require_changeable_release(applied: Applied) -> None:
    """Raise UserError where this call cannot stop all of the town, and start it again."""
    if applied.register_in_force() is None:
        raise UserError(f"There is no town at {applied.instance.home}.")
    if applied.engines_of_town.supervised:
        return
    if os.geteuid() != 0:
        raise UserError("systemd runs this town: only root may stop and write its units.")
    if read_install_command() is None:
        raise UserError("No unit of this host is Préau's: call `preau units` first.")


def stop_town(applied: Applied, release: Release) -> None:
    """Stop every process of the town, and Préau's own engines."""
    if applied.engines_of_town.supervised:
        release.run_preau(applied.instance, "down")
    else:
        _call_systemctl("stop", TARGET)


def stop_town_on_every_host(applied: Applied, release: Release) -> None:
    """
    Stop the processes of this host; engines that are units run on.

    Raises TownRuns where another host runs some, and then this one goes on.
    """
    stop_town(applied, release)
    if applied.engines_of_town.supervised:
        return
    if engines := own_engines_of(applied):
        _call_systemctl("start", *map(unit_name, engines))
    try:
        require_stopped(applied)
    except TownRuns:
        start_unchanged_town(applied, release)
        raise


def start_town_of_release(applied: Applied, release: Release) -> None:
    """Bring a stopped town to what a release's code says, and start it by that release."""
    if applied.engines_of_town.supervised:
        release.run_preau(applied.instance, "up", "--detach")
    else:
        release.run_preau(applied.instance, "apply")  # root then writes and starts the units


def start_restored_town(applied: Applied, release: Release) -> None:
    """Start a restored town, which has neither a broker nor users of its units yet."""
    release.run_preau(applied.instance, "up", "--detach")
    if not applied.engines_of_town.supervised:
        release.run_preau(applied.instance, "down")
        release.run_preau(applied.instance, *(read_install_command() or []))


def start_unchanged_town(applied: Applied, release: Release) -> None:
    """Start a town again that was stopped, and is as it was."""
    if applied.engines_of_town.supervised:
        release.run_preau(applied.instance, "up", "--detach")
    else:
        _call_systemctl("start", TARGET)


def _call_systemctl(*words: str) -> None:
    done = subprocess.run([SYSTEMCTL, *words], capture_output=True, text=True)
    if done.returncode != 0:
        raise UserError(f"systemctl {words[0]}: {done.stderr.strip()}")
