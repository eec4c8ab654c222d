"""
Examines an instance from the ground up.

Where one thing is down, what depends on it is not looked at: one cause gives one finding.
"""

from collections.abc import Collection, Iterator
from functools import partial

from deploy.applied_town import Applied
from deploy.cli.records import read_log_check
from deploy.doctor import antivirus, certificates, client_addresses, clocks, host, processes
from deploy.doctor.engines import broker, databases, waiting_queues
from deploy.doctor.finding import Check, Finding
from deploy.instance.kept_json import FileDamaged
from deploy.instance.secrets import SecretsError
from deploy.processes import ops_requests as operations
from shared.contracts.every_service.comparison import difference_in_words, differs

GROUND = (
    host.check_disk,
    host.check_disk_of_copies,
    host.check_memory,
    clocks.check_clock,
    clocks.check_time_service,
    host.check_secrets,
    host.check_api_particulier_token,
    certificates.check_certificates,
    antivirus.check_antivirus,
    host.check_ports_taken,
    host.check_age_of_backup,
    host.check_recipients,
    databases.check_files_left_from_move,
    host.check_town_laid_aside,
)
ON_BROKER = (
    broker.check_cluster_nodes,
    broker.check_register,
    broker.check_town_file,
)


def examine_town(applied: Applied, *, deep: bool = False) -> list[Finding]:
    """
    Return what is wrong.

    `deep` also has each service compare what it stores of others, and the read log verified.
    """
    first = [*host.check_town_is_installed(applied), *host.check_release_of_town(applied)]
    if first:
        return first
    checks = (*GROUND, partial(_check_running_town, deep=deep))
    found: dict[str, Finding] = {}
    for finding in (each for check in checks for each in _findings_of(applied, check)):
        found.setdefault(finding.what, finding)
    return list(found.values())


def _findings_of(applied: Applied, check: Check) -> Iterator[Finding]:
    """
    Yield what a check finds, and as one finding more a file of the home that ended it.

    Of secrets `check_secrets` has said it before, in the same sentence, with what brings them back.
    """
    try:
        yield from check(applied)
    except (SecretsError, FileDamaged) as damaged:
        yield Finding(str(damaged), f"ls -l {applied.instance.home}")


def _check_running_town(applied: Applied, deep: bool) -> Iterator[Finding]:
    """
    Look at the databases' server, the broker, and at what depends on both only where both are.
    """
    elsewhere = list(databases.check_databases_lie_as_said(applied))
    if elsewhere:
        yield from elsewhere
        return
    down = list(_findings_of(applied, processes.check_supervisor))
    away = [*databases.check_server_of_databases(applied), *broker.check_broker_runs(applied)]
    if down and applied.engines_of_town.own:
        yield from down  # whatever starts it starts its engines
        return
    if certificates.is_engine_refused(applied):
        return  # what shows it was named above: nothing can be asked of it
    lost = {} if away else databases.check_databases(applied)
    yield from [*away, *(finding for findings in lost.values() for finding in findings)]
    if away:
        return
    on_all = (
        clocks.check_clocks_agree,
        processes.check_versions,
        partial(processes.check_processes, lost=lost),
        *ON_BROKER,
        partial(broker.check_unhandled_messages, lost=lost),
        partial(_check_services, lost=lost, deep=deep),
    )
    yield from (finding for check in on_all for finding in _findings_of(applied, check))


def _check_services(applied: Applied, lost: Collection[str], deep: bool) -> Iterator[Finding]:
    """Look at services that run, but those that have `lost` their database."""
    try:
        with operations.ops_client(applied) as client:
            measured = operations.measures_of_services(applied, client)
    except operations.BrokerAway:
        yield Finding(
            "The broker runs and accepts no connection: log/broker.log says why.",
            broker.restart_command_of_broker(applied),
        )
        return
    silent = list(
        processes.check_processes_answer(applied, operations.status_of_town(applied), lost)
    )
    yield from silent
    yield from waiting_queues.check_waiting_measures(measured)
    yield from client_addresses.check_client_addresses(applied, measured)
    if deep and not silent and not lost:
        yield from _check_replicated_states(applied)
        yield from _check_read_log(applied)


def _check_read_log(applied: Applied) -> Iterator[Finding]:
    answer = read_log_check.verify_read_log(applied)
    if answer.broken:
        yield Finding(
            f"The log of who read what was tampered with: "
            f"{read_log_check.tampering_in_words(answer)}. Tell the DPO.",
            "preau reads",
        )


def _check_replicated_states(applied: Applied) -> Iterator[Finding]:
    for name, rows in operations.compare_states(applied, mend=False).items():
        differing = [difference_in_words(row) for row in rows if differs(row)]
        if differing:
            yield Finding(
                f"What {name} stores differs from what was published ({'; '.join(differing)}).",
                f"preau resync {name}",
            )
