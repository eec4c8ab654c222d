"""
Walls of a unit: the user it runs as, and its own folder as all that is open to it.

What a process may not do is taken from it: it writes nowhere but where its own files lie, sees no
device and no other process, gains no right. Its secrets are a credential that systemd reads for it
(`LoadCredential=`): their files stay the operator's, and no unit holds a secret.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.instance.instance import PROJECT
from deploy.processes.process_plan import RUN
from shared.runtime.credentials import CREDENTIAL

COMMON = """\
User={user}
Group={user}
{groups}{credential}WorkingDirectory={folder}
{environment}ExecStart={command}
UMask={umask}
{runtime}{writable}{network}NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
LimitCORE=0
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
"""
NETWORK = "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX\n"
NO_NETWORK = "RestrictAddressFamilies=AF_UNIX\nPrivateNetwork=yes\nInaccessiblePaths={home}\n"
"""A signer reads what comes over its socket, and nothing of the town's."""

OWN_MASK, GROUP_MASK = "0077", "0007"
"""Masks of a process's files: its own alone, or read by its group, which is the operator."""


@dataclass(frozen=True)
class Walls:
    """The user of a unit, and the folders, groups and network open to it."""

    user: str
    writes: tuple[Path, ...] = ()
    groups: tuple[str, ...] = ()
    credential: Path | None = None
    runtime: str = ""
    network: str = NETWORK
    umask: str = OWN_MASK
    folder: Path = PROJECT


def common_lines(values: Mapping[str, str], argv: Sequence[str | Path], walls: Walls) -> str:
    groups = " ".join(walls.groups)
    return COMMON.format(
        user=walls.user,
        groups=f"SupplementaryGroups={groups}\n" if groups else "",
        credential=f"LoadCredential={CREDENTIAL}:{_escape(str(walls.credential))}\n"
        if walls.credential
        else "",
        folder=_escape(str(walls.folder)),
        environment="".join(
            f"Environment={quote_for_systemd(f'{key}={value}')}\n"
            for key, value in sorted(values.items())
        ),
        command=" ".join(quote_for_systemd(str(part)).replace("$", "$$") for part in argv),
        umask=walls.umask,
        runtime=_runtime_lines(walls.runtime),
        writable="".join(f"ReadWritePaths={_escape(str(each))}\n" for each in walls.writes),
        network=walls.network,
    )


def _runtime_lines(process: str) -> str:
    """
    Return a folder for what a process counts: kept at its restart, or rates would jump.
    """
    if not process:
        return ""
    return (
        f"RuntimeDirectory={RUN.name}/{process}\n"
        "RuntimeDirectoryMode=0750\nRuntimeDirectoryPreserve=yes\n"
    )


def quote_for_systemd(value: str) -> str:
    inner = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{_escape(inner)}"'


def _escape(value: str) -> str:
    return value.replace("%", "%%")
