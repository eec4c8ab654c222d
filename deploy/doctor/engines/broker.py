"""Checks of the broker: running, taking messages, as the register says, and its queues read."""

import time
from collections.abc import Collection, Iterable, Iterator

from deploy.applied_town import Applied
from deploy.doctor.engines_staying_up import check_broker_nodes
from deploy.doctor.finding import APPLY, Finding, restart_command
from deploy.doctor.host import free_disk
from deploy.engines.broker_reconciliation import BrokerRefused, BrokerUnreachable, QueueState
from deploy.engines.rabbitmq_node import FREE_DISK_LIMIT, BrokerError
from deploy.processes import supervisor
from deploy.processes.process import RUNNING
from deploy.provisioning.apply import broker_differences, plan_changes
from deploy.provisioning.approval_requests import answer_of_office
from deploy.provisioning.pending_widenings import widenings_to_approve
from deploy.register.town_file.town import TownRefused
from shared.contracts.portal_gateway.widening_approvals import REFUSED, AskApprovalAnswer
from shared.register.queues import REQUESTS, is_events_queue, reader_of_queue

AGAIN = "preau down && preau up --detach"
SYSTEMD = "systemctl restart rabbitmq-server.service  # on its own machine"
REASONS = {"disk": "disk space", "memory": "memory"}
ELECTION_SECONDS = 2.0
"""Time in which a queue that is deleted, or has another leader, is without a process."""
BEGIN_SECONDS = 6.0
"""Time that a service may take from its start until it consumes its queues."""


def check_broker_runs(applied: Applied) -> Iterator[Finding]:
    """
    Say that the broker does not answer, or takes no message: no service answers anybody then.

    Nothing that follows can be looked at.
    """
    if applied.engines_of_town.supervised:
        down = list(check_broker_nodes(applied))
        yield from down
        if down or not applied.engines_of_town.is_broker_running():
            return
    try:
        alarms = applied.broker_as_administrator().active_alarms()
    except (BrokerUnreachable, BrokerRefused):
        yield Finding("The broker does not answer.", restart_command_of_broker(applied))
        return
    for reason in alarms:
        yield Finding(
            f"The broker takes no message, for want of {REASONS[reason]}.",
            _command_against_alarm(applied),
        )
    if not alarms and applied.engines_of_town.supervised:
        yield from _check_queues_live(applied)


def _check_queues_live(applied: Applied) -> Iterator[Finding]:
    """Say that queues ended on a full disk, and stay so: the broker lists them as if they ran."""
    if _has_ended_queues(applied):
        time.sleep(ELECTION_SECONDS)
        if _has_ended_queues(applied):
            yield Finding(
                "Queues of the broker have ended, as they do on a disk that is full: what a service"
                " is asked or told through them it does not hear.",
                AGAIN,
            )


def _has_ended_queues(applied: Applied) -> bool:
    """Return whether a node has ended queues; False where it can say nothing of them."""
    try:
        return any(node.count_ended_queues() for node in applied.engines_of_town.own_broker.nodes)
    except BrokerError:
        return False


def _command_against_alarm(applied: Applied) -> str:
    """Return what to do: a start helps only where there is room again."""
    if not applied.engines_of_town.supervised:
        return "df -h; free -h"
    is_full = min(free_disk(applied).values()) < FREE_DISK_LIMIT
    return f"df -h  # make room, then: {AGAIN}" if is_full else AGAIN


def restart_command_of_broker(applied: Applied) -> str:
    """Return the command that starts the broker again, whoever runs it."""
    if applied.engines_of_town.supervised:
        return AGAIN
    return restart_command("broker", own=False) if applied.engines_of_town.own else SYSTEMD


def check_cluster_nodes(applied: Applied) -> Iterator[Finding]:
    """Say how many nodes of a cluster are down: with one more, it may serve nobody."""
    if applied.engines_of_town.supervised:
        return  # each was looked at
    wanted = len(applied.engines_of_town.broker_engine.amqp)
    running = applied.broker_as_administrator().count_running_nodes()
    if running < wanted:
        yield Finding(
            f"Of the broker's {wanted} nodes {wanted - running} do not run.",
            restart_command_of_broker(applied),
        )


def check_register(applied: Applied) -> Iterator[Finding]:
    """Say how the broker differs from the register, and the register from town file and code."""
    for line in broker_differences(applied)[:5]:
        yield Finding(f"The broker is not what the register says: {line}.", APPLY)


def check_town_file(applied: Applied) -> Iterator[Finding]:
    """Say what was changed in the town file, or has fallen due, and is not in force."""
    try:
        asked = widenings_to_approve(applied)
        rows = [] if asked else plan_changes(applied)[0]
    except TownRefused as refused:
        yield Finding(f"The town file is refused: {refused.problems[0]}.", "preau plan")
        return
    if asked:
        yield _unapproved_finding(answer_of_office(applied, asked))
    elif rows:
        yield Finding(f"The town file says {len(rows)} things that are not in force.", APPLY)


def _unapproved_finding(said: AskApprovalAnswer | None) -> Finding:
    """Say that a widening is not approved, and what the data protection office had said of it."""
    if said is None:
        return Finding(
            "The town file widens what a provider learns, and nobody has approved it.",
            "preau approve",
        )
    if said.verdict == REFUSED:
        return Finding(
            "The town file widens what a provider learns, and the data protection office refused.",
            "preau plan",
        )
    return Finding(
        "The town file widens what a provider learns, and waits for the data protection office.",
        APPLY,
    )


def check_unhandled_messages(applied: Applied, lost: Collection[str] = ()) -> Iterator[Finding]:
    """Say what lies unhandled, and which queue nobody reads though its service runs: not `lost`."""
    found = applied.broker_as_administrator().queues_with_counts()
    for queue in found:
        kind, _, owner = queue.name.partition(".")
        if kind == "dead" and queue.messages:
            yield _dead_letters_finding(owner, queue)
    unread = _unread_queues(applied, found)
    if unread:
        time.sleep(BEGIN_SECONDS)
        unread &= _unread_queues(applied, found)
    for owner in sorted({reader_of_queue(name) for name in unread} - set(lost)):
        theirs = [
            each for each in found if each.name in unread and reader_of_queue(each.name) == owner
        ]
        queue = max(theirs, key=lambda each: (each.messages, each.name))
        yield Finding(
            f"Nobody reads {queue.name}, though {owner} runs; {queue.messages} wait there.",
            restart_command(owner),
        )


def _unread_queues(applied: Applied, found: Iterable[QueueState]) -> set[str]:
    """
    Return the queues that nobody reads though their service runs.

    With a queue the broker counts its readers every few seconds, and after its own start much
    later: the list of readers is of this moment.
    """
    reading = applied.broker_as_administrator().count_consumers_by_queue()
    running = (supervisor.supervisor_state(applied.instance) or {"processes": {}})["processes"]
    return {
        queue.name
        for queue in found
        if (REQUESTS in queue.name or is_events_queue(queue.name))
        and not reading[queue.name]
        and running.get(reader_of_queue(queue.name), {}).get("state") == RUNNING
    }


def _dead_letters_finding(owner: str, queue: QueueState) -> Finding:
    messages = "a message" if queue.messages == 1 else f"{queue.messages} messages"
    return Finding(f"{owner} could not handle {messages}.", f"preau dead replay {owner}")
