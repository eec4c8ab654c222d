"""
Examines an instance from the ground up.

Where one thing is down, what stands on it is not looked at: one cause gives one finding.
"""

from collections.abc import Iterator

from deploy import ops_requests as operations
from deploy.applied import Applied
from deploy.cli import read_log
from deploy.doctor import broker, certificates, databases, ground, processes, waiting_queues
from deploy.doctor.finding import Finding
from shared.contracts.comparison import difference_in_words, differs

GROUND = (
    ground.check_disk,
    ground.check_clock,
    ground.check_secrets,
    certificates.check_certificates,
    ground.check_ports,
    ground.check_backup,
)
ON_BROKER = (
    broker.check_nodes,
    broker.check_alarms,
    broker.check_register,
    broker.check_town_file,
    broker.check_queues,
)


def examine(applied: Applied, *, deep: bool = False) -> list[Finding]:
    """
    Return what is wrong.

    `deep` also has each service compare what it stores of others, and the read log verified.
    """
    missing = list(ground.check_installed(applied))
    if missing:
        return missing
    found = [finding for check in GROUND for finding in check(applied)]
    found += databases.check_databases(applied)
    away, down = list(broker.check_runs(applied)), list(processes.check_supervisor(applied))
    found += [*away, *down]
    if not down:
        found += processes.check_processes(applied)
    if not away:
        found += [finding for check in ON_BROKER for finding in check(applied)]
    if not away and not down:
        found += _check_services(applied, deep)
    return list(dict.fromkeys(found))


def _check_services(applied: Applied, deep: bool) -> Iterator[Finding]:
    silent = list(processes.check_answers(applied, operations.status_of_town(applied)))
    yield from silent
    with operations.ops_client(applied) as client:
        yield from waiting_queues.check_waiting(operations.measures_of_services(applied, client))
    if deep and not silent:
        yield from _check_facts(applied)
        yield from _check_read_log(applied)


def _check_read_log(applied: Applied) -> Iterator[Finding]:
    answer = read_log.verify_read_log(applied)
    if answer.broken:
        yield Finding(
            f"The log of who read what was tampered with: "
            f"{read_log.tampering_in_words(answer)}. Tell the DPO.",
            "preau reads",
        )


def _check_facts(applied: Applied) -> Iterator[Finding]:
    for name, rows in operations.compare_facts(applied, mend=False).items():
        differing = [difference_in_words(row) for row in rows if differs(row)]
        if differing:
            yield Finding(
                f"What {name} stores differs from what was published ({'; '.join(differing)}).",
                f"preau resync {name}",
            )
