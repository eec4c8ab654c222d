"""
Examines an instance from the ground up.

Where one thing is down, what stands on it is not looked at: one cause gives one finding.
"""

from collections.abc import Iterator

from deploy import client as operations
from deploy.applied import Applied
from deploy.cli import reads
from deploy.doctor import broker, certificates, databases, ground, running, waiting
from deploy.doctor.finding import Finding

GROUND = (
    ground.disk,
    ground.clock,
    ground.secrets,
    certificates.certificates,
    ground.ports,
    ground.backup,
)
ON_BROKER = (broker.nodes, broker.alarms, broker.register, broker.town_file, broker.queues)


def examine(applied: Applied, *, deep: bool = False) -> list[Finding]:
    """
    Return what is wrong.

    `deep` also has each provider compare its replica, and mend it, and the read log verified.
    """
    missing = list(ground.installed(applied))
    if missing:
        return missing
    found = [finding for check in GROUND for finding in check(applied)]
    found += databases.databases(applied)
    away, down = list(broker.runs(applied)), list(running.supervised(applied))
    found += [*away, *down]
    if not down:
        found += running.processes(applied)
    if not away:
        found += [finding for check in ON_BROKER for finding in check(applied)]
    if not away and not down:
        found += _of_services(applied, deep)
    return list(dict.fromkeys(found))


def _of_services(applied: Applied, deep: bool) -> Iterator[Finding]:
    silent = list(running.answers(applied, operations.status(applied)))
    yield from silent
    with operations.ops(applied) as client:
        yield from waiting.too_long(operations.measured(applied, client))
    if deep and not silent:
        yield from _replicas(applied)
        yield from _read_log(applied)


def _read_log(applied: Applied) -> Iterator[Finding]:
    answer = reads.verify(applied)
    if answer.broken:
        yield Finding(
            f"The log of who read what was tampered with: {reads.in_words(answer)}. Tell the DPO.",
            "preau reads",
        )


def _replicas(applied: Applied) -> Iterator[Finding]:
    for name, answer in operations.resync(applied, None).items():
        if not answer["equal"]:
            yield Finding(
                f"The replica of {name} differed from the dossier; {answer['asked_again']} rows"
                " were asked for again. Examine again in a minute.",
                "preau doctor --deep",
            )
