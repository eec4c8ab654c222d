"""Services of the kit's town, running on databases of their own, and what tests ask of them."""

from pathlib import Path

from sqlalchemy import insert

from deploy.engines.broker_definitions import Change
from deploy.engines.broker_topology import topology_of_register
from shared.bus.client import Call, Client
from shared.contracts.errors import Refusal
from shared.contracts.every_service import operations
from shared.contracts.message import Empty
from shared.database.engines import open_engine
from shared.dates.clock import now
from shared.register import parse_register
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.kit import contracts, models, processes
from tests.kit.attacks import CALLEE, ME, OTHER, SUBJECT
from tests.kit.processes import Process
from tests.kit.town import CLASSES, KitTown, create_tables

SERVICES = {CALLEE: "dossier", ME: "enrolment", OTHER: "enrolment"}


def sqlite_at(folder: Path, name: str) -> Database:
    """Make a database for a service, in which the person of the attacks is known."""
    url = f"sqlite:///{folder}/{name}.sqlite"
    database = Database(url, url, f"sqlite:///{folder}/{name}-keys.sqlite")
    create_tables(database)
    _note_the_person(database)
    return database


def _note_the_person(database: Database) -> None:
    engine = open_engine(database.url)
    with engine.begin() as connection:
        state = {"kind": "agent", "name": "A.", "version": 1, "active": True}
        subject = {"subject": SUBJECT, "not_before": now().replace(year=2020), **state}
        connection.execute(insert(models.Subject.__table__), [subject])
    engine.dispose()


def start_all(town: KitTown, *principals: str) -> dict[str, Process]:
    """Start services, each on a database of its own; return their processes once they answer."""
    started = {}
    for principal in principals:
        database = sqlite_at(town.home, principal)
        started[principal] = town.start(principal, SERVICES[principal], database)
    wait_for(town, *principals)
    return started


def wait_for(town: KitTown, *principals: str) -> None:
    """Return when these services answer; the question waits in their queues meanwhile."""
    ops = town.client("ops")
    for principal in principals:
        ops.ask(operations.health, Empty(), to=principal, deadline=20.0)
    ops.close()


def start_without(town: KitTown, wall: str, principal: str, path: str = "") -> Process:
    """Start a service in a process that lacks one wall, on the database that it had."""
    service = path or CLASSES[SERVICES[principal]]
    url = town.databases.get(principal) or sqlite_at(town.home, principal).url
    process = processes.start(
        town.home / f"{principal}.log",
        town.environment(principal, url),
        *("tests.kit.unwalled", wall, service),
    )
    town.processes.append(process)
    return process


def end(process: Process) -> None:
    """Let a process finish what it has in hand."""
    process.terminate()
    process.wait(10)


def heard(portal: Client, principal: str) -> list[str]:
    """Ask a provider's service what addressed events it has heard."""
    return list(portal.ask(contracts.heard, Empty(), to=principal).texts)


def shout(portal: Client, to: str, topic: str, text: str, times: int = 1) -> None:
    """Have the dossier tell an addressed event to a principal."""
    request = contracts.ShoutRequest(to, topic, text, times)
    [outcome] = portal.ask_all([Call(contracts.shout, CALLEE, request, None, new_id())])
    if isinstance(outcome, Refusal):
        raise outcome


def left_over(town: KitTown) -> list[Change]:
    """Return what `apply` would change on the broker now."""
    return town.broker.planned_changes(
        topology_of_register(parse_register(town.register_rows)), town.passwords
    )
