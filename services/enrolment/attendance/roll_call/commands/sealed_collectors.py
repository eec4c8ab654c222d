"""Sealing of with whom children left, each under the key of the child."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import select

from services.enrolment.attendance.marks.queries.collectors_of_states import COLLECTED_BY
from services.enrolment.attendance.marks.rules.collectors import Collector
from services.enrolment.attendance.roll_call.commands.marks import NewMark
from services.enrolment.models import ChildKey
from shared.database import Vault, Write


def with_sealed_collectors(
    write: Write, vault: Vault, marks: Sequence[NewMark], collectors: Mapping[str, Collector]
) -> list[NewMark]:
    """
    Return the marks, those with a collector (by id of the mark) with it, sealed.

    Of a child whose file has ended here nothing is kept but that it left.
    """
    children = {mark.child_id for mark in marks if mark.id in collectors}
    rows = select(ChildKey.child_id, ChildKey.key_id).where(ChildKey.child_id.in_(children))
    keys: dict[str, str] = dict(write.execute(rows).all()) if children else {}
    vault.prepare_keys(set(keys.values()))

    def sealed(mark: NewMark) -> NewMark:
        collector, key_id = collectors.get(mark.id), keys.get(mark.child_id)
        if collector is None or key_id is None:
            return mark
        return replace(mark, collected_by=vault.seal(key_id, COLLECTED_BY, collector.as_json()))

    return [sealed(mark) for mark in marks]
