"""Sealing of with whom children left, each under the key of the child."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.enrolment.attendance.marks.queries.collectors_of_states import (
    COLLECTED_BY,
    prepared_keys_of_children,
)
from services.enrolment.attendance.marks.rules.collectors import Collector
from services.enrolment.attendance.roll_call.commands.marks import NewMark
from shared.database import Vault, Write


def with_sealed_collectors(
    write: Write, vault: Vault, marks: Sequence[NewMark], collectors: Mapping[str, Collector]
) -> list[NewMark]:
    """
    Return the marks, those with a collector (by id of the mark) with it, sealed.

    Of a child whose file has ended here nothing is kept but that it left.
    """
    children = {mark.child_id for mark in marks if mark.id in collectors}
    keys = prepared_keys_of_children(write, vault, children) if children else {}

    def sealed(mark: NewMark) -> NewMark:
        collector, key_id = collectors.get(mark.id), keys.get(mark.child_id)
        if collector is None or key_id is None:
            return mark
        return replace(mark, collected_by=vault.seal(key_id, COLLECTED_BY, collector.as_json()))

    return [sealed(mark) for mark in marks]
