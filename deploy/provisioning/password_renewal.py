"""
New passwords for a principal: on the broker, and at its databases where a server has them.

The secret is written first, then set at broker and server, so that what breaks off in between is
finished by `preau apply`. Neither ends what is connected already: that is cut once every process
has the new ones, or whoever learned the old would stay.
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from deploy.applied_town import Applied
from deploy.instance.instance import InstanceError
from deploy.processes import ops_requests as operations
from deploy.processes import supervisor
from deploy.processes.process_plan import wanted_processes
from deploy.provisioning.apply import Say, apply_town_file, databases_of_town, renew_passwords

AGAIN_SECONDS = 60.0
"""Time in which processes that have the former passwords end, in good order."""
LISTED_AFTER_SECONDS = 7.0
"""The broker brings its list of connections up to date every five seconds."""


class NobodyOfThatName(InstanceError):
    """The register has no such principal; the message names those that it has."""


def renew_and_restart(applied: Applied, principals: Sequence[str], say: Say) -> list[str]:
    """
    Give principals new passwords, one after the other; return what is left to do, in words.

    Where the processes are Préau's own to run, each principal's are started again with theirs, all
    answer, and old connections are cut, before the next one's turn. Repeatable.
    """
    _require_known(applied, principals)
    if supervisor.running_pid(applied.instance) is None:
        for principal in principals:
            renew_passwords(applied, principal)
        apply_town_file(applied, say)
        return _left_to_do_in_words(principals)
    for principal in principals:
        say(f"new passwords of {principal}")
        former = _pids_of_principal(applied, principal)
        renew_passwords(applied, principal)
        apply_town_file(applied)
        _wait_until_ended(applied, principal, former)
        operations.wait_until_town_ready(applied)
        cut_old_connections(applied, [principal])
    return []


def _left_to_do_in_words(principals: Sequence[str]) -> list[str]:
    names = " ".join(principals)
    files = ", ".join(f"secrets/{principal}.env" for principal in principals)
    return [
        f"copy {files} to the other hosts, start the units of {names} again on each, then:",
        f"preau renew --cut {names}",
    ]


def cut_old_connections(applied: Applied, principals: Sequence[str]) -> int:
    """
    End every connection of principals that is older than their secrets; return how many.

    A process that has the new ones and is cut by this connects again by itself. The broker's list
    of connections is some seconds late: what begins just before a renewal is waited for.
    """
    _require_known(applied, principals)
    ended = 0
    for principal in principals:
        written = applied.instance.secrets_path(principal).stat().st_mtime
        before = datetime.fromtimestamp(written, UTC)
        time.sleep(max(0.0, written + LISTED_AFTER_SECONDS - time.time()))
        ended += applied.broker_as_administrator().close_connections(principal, before)
        ended += databases_of_town(applied).close_connections(principal, before)
    return ended


def principals_with_passwords(applied: Applied) -> list[str]:
    """Return who has passwords: every principal of the register."""
    return [row["name"] for row in applied.principals_in_force()]


def _pids_of_principal(applied: Applied, principal: str) -> set[int]:
    """Return the processes of a principal that run now."""
    rows = (supervisor.supervisor_state(applied.instance) or {"processes": {}})["processes"]
    ours = [p.name for p in wanted_processes(applied) if p.env.get("PREAU_PRINCIPAL") == principal]
    return {rows[name]["pid"] for name in ours if name in rows}


def _wait_until_ended(applied: Applied, principal: str, former: set[int]) -> None:
    end = time.monotonic() + AGAIN_SECONDS
    while left := former & _pids_of_principal(applied, principal):
        if time.monotonic() > end:
            raise TimeoutError(f"{principal}: {sorted(left)} did not end in {AGAIN_SECONDS:.0f} s.")
        time.sleep(0.1)


def _require_known(applied: Applied, principals: Sequence[str]) -> None:
    known = principals_with_passwords(applied)
    for principal in principals:
        if principal not in known:
            raise NobodyOfThatName(f"{principal!r} is none of {', '.join(known)}.")
