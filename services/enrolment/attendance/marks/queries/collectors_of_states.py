"""Collectors as marks keep them, opened with the key of the child."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.attendance.marks.rules.collectors import Collector
from services.enrolment.attendance.marks.rules.mark_resolution import State
from services.enrolment.models import ChildKey
from shared.database import Unreadable, Vault

COLLECTED_BY = "mark.collected_by"
"""Place in the vault to which a collector is bound, under the key of the child."""


def collectors_of_states(
    read: Database, vault: Vault, states: Mapping[str, State]
) -> dict[str, Collector]:
    """Return with whom each child left, by child; nobody's name outlives the child's file here."""
    sealed = {child: state.collected_by for child, state in states.items() if state.collected_by}
    if not sealed:
        return {}
    found: dict[str, Collector] = {}
    for child_id, key_id in prepared_keys_of_children(read, vault, sealed).items():
        try:
            found[child_id] = Collector(**vault.open(key_id, COLLECTED_BY, sealed[child_id]))
        except Unreadable:
            continue
    return found


def prepared_keys_of_children(
    read: Database, vault: Vault, child_ids: Collection[str]
) -> dict[str, str]:
    """Return the key of each child whose file is here, all of them read from the vault at once."""
    rows = select(ChildKey.child_id, ChildKey.key_id).where(ChildKey.child_id.in_(child_ids))
    keys = {child_id: key_id for child_id, key_id in read.execute(rows)}
    vault.prepare_keys(keys.values())
    return keys
