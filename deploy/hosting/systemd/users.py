"""
System users of a town under systemd: one for each principal, signer, engine and stand-in.

The operator's user owns the home with the secrets, and is in the group of each principal, whose
databases it migrates and copies. Nobody else is in a group of somebody else's.
"""

from collections.abc import Iterable
from hashlib import sha256

from deploy.applied_town import Applied
from deploy.processes.process import Process
from deploy.processes.process_plan import METRICS, signer_name_of_principal, wanted_processes
from deploy.services import SPECS

OPERATOR = "preau"
BROKER, DATABASE = "broker", "database"
"""Engines of Préau's own, as their units and users are called."""

LONGEST = 31
"""Characters of a user's name."""

SYSUSERS = """\
# Written by `preau units`: the users of a town, one for each of its parts (sysusers.d(5)).
{lines}"""


def system_user_of_part(part: str) -> str:
    """Return the user of a principal, a signer, an engine or a stand-in."""
    user = f"preau-{part.replace('_', '-')}"
    if len(user) <= LONGEST:
        return user
    return f"{user[: LONGEST - 9]}-{sha256(part.encode()).hexdigest()[:8]}"


def principal_of_process(process: Process) -> str:
    """Return whose secrets a process is given, "" for one that is nobody's."""
    return process.env.get("PREAU_PRINCIPAL", "")


def user_of_process(process: Process, operator: str) -> str:
    """Return the user of a process; metrics are read as the operator, who asks everybody."""
    part = principal_of_process(process) or process.name
    return operator if part == METRICS else system_user_of_part(part)


def groups_of_operator(processes: Iterable[Process], operator: str) -> list[str]:
    """Return the groups that the operator is in: of all that keeps files or counts."""
    users = {user_of_process(process, operator) for process in processes}
    return sorted(
        users - {operator} - {system_user_of_part(signer) for signer in signers_of_services()}
    )


def signers_of_services() -> list[str]:
    """Return the signers of all services, whose groups the services alone are in."""
    return [signer_name_of_principal(spec.name) for spec in SPECS.values() if spec.signer]


def sysusers_file(applied: Applied, operator: str) -> str:
    """Return what systemd-sysusers(8) reads: it makes what is missing, as often as it is asked."""
    processes = wanted_processes(applied)
    users = {user_of_process(process, operator) for process in processes} - {operator}
    users |= {system_user_of_part(engine) for engine in own_engines_of(applied)}
    lines = [f'u {user} - "{user.replace("-", " ")}"\n' for user in sorted(users)]
    lines += [f"m {operator} {group}\n" for group in groups_of_operator(processes, operator)]
    return SYSUSERS.format(lines="".join(lines))


def own_engines_of(applied: Applied) -> list[str]:
    """Return the engines that are Préau's own."""
    if not applied.engines_of_town.own:
        return []
    return [BROKER, *([DATABASE] if applied.engines_of_town.database_engine else [])]
