"""
Proves of a restored town that each event is stored by its subscribers or waits in an outbox.

Nothing runs yet. The services' declarations (database/comparison/compared_states.py) are asked, one
database after the other: first for what each publishes, then for what each stores of the others.
Beside them, the id of each event that left an outbox lately has to be in the inbox of who hears it:
that holds for every event of the register, compared or not.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from deploy.applied_town import Applied
from deploy.processes.ops_requests import service_principals
from deploy.services import service_class
from shared.bus.service_declarations import Service
from shared.contracts.every_service.comparison import StateVersion, difference_in_words, differs
from shared.database.comparison.compared_states import (
    Difference,
    Published,
    Route,
    Stored,
    compare_states,
)
from shared.database.tables.kit_tables import kit_table
from shared.register import Register
from shared.settings import Settings

SHOWN = 10
"""Most events that are named, of those that a service never handled."""


@dataclass(frozen=True)
class Sender:
    """States and waiting keys of one publisher, by event and subscriber, and ids of sent events."""

    states: Mapping[tuple[str, str], list[StateVersion]]
    waiting: Mapping[str, frozenset[str]]
    sent: list[tuple[str, str]]


@dataclass
class Proof:
    """Result of a comparison: the number of equal states, and in words what differs and where."""

    equal: int = 0
    differing: list[str] = field(default_factory=list)


def compare_restored_town(applied: Applied) -> Proof:
    """Compare the databases of a town that does not run."""
    with applied.engines_of_town.database_running():
        return _compare_all_services(applied)


def _compare_all_services(applied: Applied) -> Proof:
    names = service_principals(applied)
    senders = {}
    for name in names:
        with _open_service_with_own_snapshot(applied, name) as (service, read):
            senders[name] = _states_of_sender(service, read)
    proof = Proof()
    for name in names:
        with _open_service_with_own_snapshot(applied, name) as (service, read):
            _compare_service(service, read, senders, proof)
    return proof


@contextmanager
def _open_service_with_own_snapshot(
    applied: Applied, principal: str
) -> Iterator[tuple[type[Service], Session]]:
    """Yield a service of this principal, its databases connected, and a snapshot of its own."""
    register = applied.register_in_force() or {"principals": []}
    code = next(row["service"] for row in register["principals"] if row["name"] == principal)
    service = service_class(code)
    settings = Settings.from_env(applied.environment_of_principal(principal))
    service.settings = settings
    service.store.connect(settings.database_url, settings.register, key=settings.key_encryption_key)
    if service.vault is not None:
        service.vault.connect(settings.keys_url, settings.key_encryption_key)
    try:
        with service.store.read() as read:
            yield service, read
    finally:
        service.store.close()


def _states_of_sender(service: type[Service], read: Session) -> Sender:
    register: Register = service.settings.register
    mine = service.settings.principal
    states = {
        (each.event.full_name, row.consumer): _all_states(read, each, Route(mine, row.consumer))
        for each in service.published
        for row in register.consumers(mine, each.event.name)
    }
    sent = kit_table(service.store.metadata, "sent")
    ids = [(id_, key) for id_, key in read.execute(select(sent.c.id, sent.c.key))]
    return Sender(states, _keys_waiting_in_outbox(service, read), ids)


def _all_states(read: Session, published: Published[object], route: Route) -> list[StateVersion]:
    states, after = published.states(read, route, "")
    while after:
        page, after = published.states(read, route, after)
        states += page
    return states


def _keys_waiting_in_outbox(service: type[Service], read: Session) -> Mapping[str, frozenset[str]]:
    """Return the keys of the states that wait in the outbox, by event."""
    published = {each.event.full_name: each for each in service.published}
    outbox = kit_table(service.store.metadata, "outbox")
    found: dict[str, set[str]] = defaultdict(set)
    for row in read.execute(select(outbox)):
        if row.type in published:
            body = service.store.unsealed_body(row)
            found[row.type] |= published[row.type].keys_in(body)
    return {event: frozenset(keys) for event, keys in found.items()}


def _compare_service(
    service: type[Service], read: Session, senders: Mapping[str, Sender], proof: Proof
) -> None:
    register: Register = service.settings.register
    mine = service.settings.principal
    for stored in service.stored:
        for source in sorted(register.sources(mine, stored.event.name) & senders.keys()):
            event = stored.event.full_name
            difference = _difference_of_states(read, stored, source, mine, senders[source])
            row = difference.counts_by_kind(event, source)
            proof.equal += difference.equal
            if differs(row):
                proof.differing.append(f"{mine}: {difference_in_words(row)}")
    proof.differing += _events_never_handled(service, read, senders)


def _difference_of_states(
    read: Session, stored: Stored[object], source: str, mine: str, sender: Sender
) -> Difference:
    """Return how stored states differ; what waits in the sender's outbox is left aside."""
    event = stored.event.full_name
    waiting = sender.waiting.get(event, frozenset())
    published = [state for state in sender.states[event, mine] if state["key"] not in waiting]
    rows = {state.key: state for state in stored.rows(read, source) if state.key not in waiting}
    lacking = [state["key"] for state in published if state["key"] not in rows]
    return compare_states(published, rows, stored.declined(read, source, lacking))


def _events_never_handled(
    service: type[Service], read: Session, senders: Mapping[str, Sender]
) -> list[str]:
    """Return the events that have left an outbox and are not in the inbox here, the first ones."""
    mine = service.settings.principal
    inbox = kit_table(service.store.metadata, "inbox")
    handled = set(read.scalars(select(inbox.c.id)))
    keys: dict[str, set[str]] = defaultdict(set)
    for row in service.settings.register.now.deliveries:
        if row.consumer == mine:
            keys[row.source].add(row.key)
    missed = [
        f"{mine} never handled {key} of {source}: {id_}"
        for source, theirs in sorted(keys.items())
        for id_, key in (senders[source].sent if source in senders else ())
        if key in theirs and f"{source}:{id_}" not in handled
    ]
    more = [f"{mine}: {len(missed) - SHOWN} more"] if len(missed) > SHOWN else []
    return missed[:SHOWN] + more
