"""Checks of Préau's own engines: why one that should run does not, said once."""

import socket
from collections.abc import Iterator
from pathlib import Path

from deploy.applied_town import Applied
from deploy.doctor.finding import UP, Finding
from deploy.instance.instance import LOOPBACK
from deploy.processes import supervisor
from deploy.processes.engine_watch import UNSTEADY, State, engine_states

UNKNOWN = State(running=False, restarts=0, failures=0)


def check_broker_nodes(applied: Applied) -> Iterator[Finding]:
    """Say which nodes of Préau's own broker do not stay up, or are not there."""
    for node in applied.engines_of_town.own_broker.nodes:
        label = "The broker" if node.number == 1 else f"Node {node.number} of the broker"
        log = applied.instance.log_path(node.name)
        yield from _check_engine(applied, node.name, label, node.is_running(), node.amqp_port, log)


def check_database_server(applied: Applied) -> Iterator[Finding]:
    """Say that Préau's own database server does not stay up, or is not there."""
    server = applied.engines_of_town.own_database_server
    port = applied.instance.postgres_port
    running = server.is_running()
    yield from _check_engine(applied, server.name, "The database server", running, port, server.log)


def is_port_taken(port: int) -> bool:
    """Return whether a program of this machine listens on a port."""
    with socket.socket() as asking:
        asking.settimeout(1)
        return asking.connect_ex((LOOPBACK, port)) == 0


def _check_engine(
    applied: Applied, name: str, label: str, running: bool, port: int, log: Path
) -> Iterator[Finding]:
    state = engine_states(applied.instance).get(name, UNKNOWN)
    watched = supervisor.running_pid(applied.instance) is not None
    if not running and is_port_taken(port):
        yield Finding(
            f"{label} cannot start: another program has taken its port {port}.",
            f"ss -ltnp 'sport = :{port}'",
        )
    elif watched and state["failures"] >= UNSTEADY:
        yield Finding(
            f"{label} does not stay up: it has ended {state['failures']} times in a row, each time"
            " soon after its start.",
            f"tail -n 30 {log}",
        )
    elif not running and watched:
        yield Finding(f"{label} does not run, and is being started again.", UP)
