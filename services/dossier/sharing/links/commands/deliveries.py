"""Delivery states of projections: received, seen, erased against a receipt (rules R5, R6)."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from sqlalchemy import Table, bindparam, func, select, tuple_, update

from services.dossier.models import Counter, ErasureReceipt, Projection
from services.dossier.sharing.links.queries.provider_links import latest_link
from services.dossier.sharing.rules.projection_targets import Target
from shared.contracts.enrolment.sharing.replica_events import (
    ProjectionErased,
    ProjectionHeld,
    RowState,
)
from shared.database import Write
from shared.database.chunks import chunks
from shared.database.prebuilt_statements import among_parameter, execute

RECEIPTS = "receipts"

State = dict[str, Any]
"""The columns of a projection that say what was sent and what is known of its delivery."""

_ACKNOWLEDGED = ("received_version", "received_at", "seen_version", "seen_at", "seen_by")
_sent = cast(Table, Projection.__table__)
_target = [_sent.c[name] for name in Target._fields]
_LOCKED_STATES = (
    select(*_target, _sent.c.version, _sent.c.shown_version)
    .add_columns(*(_sent.c[name] for name in _ACKNOWLEDGED))
    .where(tuple_(*_target).in_(among_parameter()))
    .order_by(*_target)  # always the same order of locks
    .with_for_update()
)
_NOTED_STATE = (
    update(_sent)
    .where(*(column == bindparam(f"of_{column.name}") for column in _target))
    .values({name: bindparam(name) for name in _ACKNOWLEDGED})
)
ROWS_AT_ONCE = 100
"""Rows in one statement: PostgreSQL looks each of them up by the index, up to a few hundred."""


def note_deliveries(write: Write, held: Iterable[tuple[str, ProjectionHeld]]) -> None:
    """Keep the latest state of each replica row that these providers' events name."""
    items = [
        (Target(item["child_id"], provider, event.projection), item)
        for provider, event in held
        for item in event.items
    ]
    states = _lock_states(write, {target for target, _ in items})
    moved = set()
    for target, item in items:
        state = states.get(target)
        if state is not None and _is_newer_delivery(state, item):
            _note_delivery_of_version(state, item)
            moved.add(target)
    if moved:
        noted = [_bind_state_parameters(target, states[target]) for target in sorted(moved)]
        write.connection().execute(_NOTED_STATE, noted)


def note_erasure_receipt(write: Write, provider: str, event: ProjectionErased) -> None:
    """
    Give the receipt a number, once; with the last one of a link, the link has its proof.

    A receipt for another version than the last tombstone's changes nothing.
    """
    row = _lock_projections(write, provider, event.projection, [event.child_id]).get(event.child_id)
    if row is None or row.digest is not None or row.erased_at is not None:
        return
    if row.version != event.version:
        return
    number = _next_receipt_number(write, RECEIPTS)
    write.add(
        ErasureReceipt(
            number=number,
            child_id=row.child_id,
            provider=provider,
            projection=row.projection,
            version=row.version,
            erased_at=event.erased_at,
        )
    )
    write.flush()
    row.erased_at, row.receipt = event.erased_at, number
    write.flush()
    _note_link_receipt(write, row.child_id, provider, number)


def _lock_states(write: Write, targets: Iterable[Target]) -> dict[Target, State]:
    """Hold the rows of these targets until the commit; return their states."""
    return {
        Target(row.child_id, row.provider, row.projection): dict(row._mapping)
        for batch in chunks(sorted(targets), ROWS_AT_ONCE)
        for row in execute(write, _LOCKED_STATES, among=batch)
    }


def _lock_projections(
    write: Write, provider: str, projection: str, child_ids: Sequence[str]
) -> dict[str, Projection]:
    """Hold these rows until the commit, always in the same order; return them by child."""
    sent = (
        select(Projection)
        .where(
            Projection.child_id.in_(child_ids),
            Projection.provider == provider,
            Projection.projection == projection,
        )
        .order_by(Projection.child_id)
        .with_for_update()
    )
    rows = write.scalars(sent)
    return {row.child_id: row for row in rows}


def _is_newer_delivery(state: State, item: RowState) -> bool:
    """Say whether an item is newer than what is known, and of a version that was sent."""
    received, seen = item["received_version"], item["seen_version"]
    if not seen <= received <= state["version"]:
        return False
    return (received, seen) > (state["received_version"], state["seen_version"])


def _note_delivery_of_version(state: State, item: RowState) -> None:
    """Note when the version shown to a family first came, and was first seen."""
    shown = state["shown_version"]
    if state["received_version"] < shown <= item["received_version"]:
        state["received_at"] = item["received_at"]
    if state["seen_version"] < shown <= item["seen_version"]:
        state["seen_at"], state["seen_by"] = item["seen_at"], item["seen_by"]
    state["received_version"] = item["received_version"]
    state["seen_version"] = item["seen_version"]


def _bind_state_parameters(target: Target, state: State) -> State:
    of_target = {f"of_{name}": value for name, value in target._asdict().items()}
    return of_target | {name: state[name] for name in _ACKNOWLEDGED}


def _next_receipt_number(write: Write, name: str) -> int:
    """Take the next number under the row's lock: it is given back if the transaction fails."""
    write.execute(write.upsert_into(Counter).values(name=name, value=0).on_conflict_do_nothing())
    taken = update(Counter).where(Counter.name == name).values(value=Counter.value + 1)
    number = write.scalar(taken.returning(Counter.value))
    assert number is not None
    return number


def _note_link_receipt(write: Write, child_id: str, provider: str, number: int) -> None:
    of_pair = (Projection.child_id == child_id, Projection.provider == provider)
    left = write.scalar(select(func.count()).where(*of_pair, Projection.erased_at.is_(None)))
    link = latest_link(write, child_id, provider)
    if left == 0 and link is not None and link.closed_at is not None:
        link.erased_at = write.scalar(select(func.max(Projection.erased_at)).where(*of_pair))
        link.receipt = number
