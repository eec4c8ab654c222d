"""A finding of the doctor: one sentence, and one command."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from deploy.processes.hosts import unit_name


@dataclass(frozen=True)
class Finding:
    """
    Something that is wrong; `mend` is a command of a shell, in which `preau` means ours.

    The sentence names principals, processes, queues and providers, and nobody else.
    """

    what: str
    mend: str


Check = Callable[..., Iterable[Finding]]
UP = "preau up --detach"
APPLY = "preau apply"
NEW_KEYS = "preau renew --keys"


def restart_command(process: str, *, own: bool = True) -> str:
    """Return the command that starts one process again; where it is not our `own`, systemd's."""
    return f"preau restart {process}" if own else f"systemctl restart {unit_name(process)}"


def duration_in_words(seconds: float) -> str:
    """Return a duration in words, in its shortest unit."""
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        number = int(seconds // size)
        if number:
            return f"{number} {unit}{'s' if number > 1 else ''}"
    return f"{int(seconds)} seconds"
