"""
Leases: each elects one process of a service for a task; a row has task, holder and expiry.

A holder is named by its machine, process id and start time. A process of the same machine therefore
detects at once that a holder was killed; for another machine the lease has to expire.
"""

import hashlib
import os
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import Executable, MetaData, bindparam, delete, or_, select, update

from shared.database import Store, Write
from shared.database.prebuilt_statements import execute, store_rows
from shared.database.tables.kit_tables import kit_table
from shared.dates.clock import CLOCKS_DIFFER, now

ZOMBIE = "Z"

GIVEN_BACK_SECONDS = 6.0
"""Expiry of a lease that is given back: the former holder has this time to renew it."""


def take_lease(store: Store, name: str, holder: str, seconds: float) -> bool:
    """Take or renew a lease for `seconds` from now; return whether `holder` has it."""
    moment = now()
    until = moment + timedelta(seconds=seconds)
    with store.write() as write:
        before = _holder_of(write, name)
        is_free = before not in (None, holder) and is_holder_gone(str(before))
        gone = before if is_free else holder
        took = {"name": name, "holder": holder, "until": until}
        free = {
            "of_holder": holder,
            "of_gone": gone,
            "moment": moment,
            "unbelievable": _longest_expiry(moment, seconds),
        }
        store_rows(write, _make_update_of_free_lease, took | free)
        return _holder_of(write, name) == holder


def _holder_of(write: Write, name: str) -> str | None:
    holder: str | None = execute(write, _select_holder(write.info["metadata"]), name=name).scalar()
    return holder


@cache
def _select_holder(metadata: MetaData) -> Executable:
    lease = kit_table(metadata, "lease").c
    named = lease.name == bindparam("name", type_=lease.name.type)
    return select(lease.holder, lease.until).where(named)


def _make_update_of_free_lease(write: Write) -> Executable:
    lease = kit_table(write.info["metadata"], "lease")
    row = write.upsert_into(lease).values(
        {name: bindparam(name) for name in ("name", "holder", "until")}
    )
    free = or_(
        lease.c.holder == bindparam("of_holder"),
        lease.c.holder == bindparam("of_gone"),
        lease.c.until < bindparam("moment"),
        lease.c.until > bindparam("unbelievable"),
    )
    return row.on_conflict_do_update(
        index_elements=["name"],
        set_={"holder": row.excluded.holder, "until": row.excluded.until},
        where=free,
    )


def keep_lease(store: Store, name: str, holder: str, seconds: float) -> bool:
    """
    Take a lease, or renew it once less than half of it is left; return whether `holder` has it.

    A task of every second would otherwise write as often, and so would all who wait for its lease.
    """
    moment = now()
    with store.read() as read:
        row = execute(read, _select_holder(store.metadata), name=name).first()
    if row is not None and row.holder == holder:
        if row.until >= moment + timedelta(seconds=seconds / 2):
            return True
    elif (
        row is not None
        and moment <= row.until <= _longest_expiry(moment, seconds)
        and not is_holder_gone(row.holder)
    ):
        return False
    return take_lease(store, name, holder, seconds)


def _longest_expiry(moment: datetime, seconds: float) -> datetime:
    """
    Return after which expiry nobody has a lease of so many seconds.

    It was taken while a clock was ahead, before that machine was started again with the right time:
    nothing would leave an outbox until then.
    """
    return moment + timedelta(seconds=seconds) + CLOCKS_DIFFER


def seize_lease(store: Store, name: str, holder: str, seconds: float) -> str | None:
    """Take a lease from its holder for `seconds` from now; return the former holder."""
    lease = kit_table(store.metadata, "lease")
    until = now() + timedelta(seconds=seconds)
    with store.write() as write:
        before = _holder_of(write, name)
        row = write.upsert_into(lease).values(name=name, holder=holder, until=until)
        seized = {"holder": row.excluded.holder, "until": row.excluded.until}
        write.execute(row.on_conflict_do_update(index_elements=["name"], set_=seized))
        return before


def return_lease_to_former_holder(store: Store, name: str, holder: str, before: str | None) -> None:
    """Return a seized lease to its former holder, if it has not expired since."""
    lease = kit_table(store.metadata, "lease")
    ours = (lease.c.name == name) & (lease.c.holder == holder)
    with store.write() as write:
        if before is None:
            write.execute(delete(lease).where(ours))
        else:
            until = now() + timedelta(seconds=GIVEN_BACK_SECONDS)
            write.execute(update(lease).where(ours).values(holder=before, until=until))


def give_up_leases(store: Store, holder: str, *names: str) -> None:
    """Delete these leases of a holder, or all, so that another process can take them at once."""
    lease = kit_table(store.metadata, "lease")
    given_up = delete(lease).where(lease.c.holder == holder)
    with store.write() as write:
        write.execute(given_up.where(lease.c.name.in_(names)) if names else given_up)


def this_process_as_holder() -> str:
    """Return this process's name as a holder; call it after the fork."""
    pid = os.getpid()
    return f"{_machine_id()}-{pid}-{_start_ticks(pid)}"


def is_holder_gone(holder: str) -> bool:
    """Return whether the holder was a process of this machine that no longer runs."""
    machine, _, process = holder.partition("-")
    pid, _, started = process.partition("-")
    return machine == _machine_id() and pid.isdigit() and _start_ticks(int(pid)) != started


def _start_ticks(pid: int) -> str | None:
    """Return a process's start in ticks since boot; None if it does not run."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == ZOMBIE else fields[19]


@cache
def _machine_id() -> str:
    """Return an id of this boot of the machine and of its process id namespace."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text()
    return hashlib.sha256(f"{boot}{os.readlink('/proc/self/ns/pid')}".encode()).hexdigest()[:8]
