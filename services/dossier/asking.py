"""What the dossier's answers have in common: whom they reach, what is found, what is logged."""

from collections.abc import Callable, Iterable, Sequence
from types import SimpleNamespace
from typing import Any

from services.dossier.front_desk import commands as front_desk
from services.dossier.sharing.rules.policy import Reach
from services.dossier.store import store
from shared.dates.instant import When


def reach_now() -> Reach:
    """Return what each provider may be told, as the register stands."""
    return Reach.of(store.register)


def found(query: Callable[..., Sequence[str]], *asked: Any) -> Sequence[str]:
    """Return what a query finds, read in a transaction of its own."""
    with store.read() as read:
        return query(read, *asked)


def log_reading(
    request: SimpleNamespace,
    child_ids: Iterable[str],
    part: str,
    when: When,
    purpose: str = front_desk.AT_DESK,
) -> None:
    """Leave the lines of a reading at the front desk before it is answered (rule R13)."""
    with store.write() as write:
        front_desk.log_reads(
            write,
            child_ids,
            part,
            agent=request.person.subject,
            role=request.role,
            request_id=request.request_id,
            when=when,
            purpose=purpose,
        )
