"""
Collectors: with whom a child may leave, and with whom it left.

Pure. Who is not to have the child handed over is never among the choices, whoever named that person
before; a child leaves alone where its guardians allow it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from shared.contracts.sections import consents
from shared.contracts.sections.adults.contacts import name_with_relation
from shared.json_values import JsonMapping, JsonObject
from shared.register.entitlement import CARE_CORE, CONSENTS, PICKUP
from shared.text import folded

PARENT, PERSON, ALONE = "parent", "person", "alone"
KINDS = (PARENT, PERSON, ALONE)
LONGEST_NAME = 200


@dataclass(frozen=True)
class Collector:
    """One with whom a child leaves: a parent by right, a person by name, or nobody."""

    kind: str
    name: str = ""

    def as_json(self) -> JsonObject:
        """Return it as it is sealed, and as the page has it."""
        return asdict(self)


def possible_collectors(contents: Mapping[str, JsonMapping]) -> list[Collector]:
    """
    Return with whom a child may leave, from what the reader sees; none where that is not shown.

    Of a placed child these are who has it in care, then whom the parents named; parents come by
    leave of the former, and are not among them.
    """
    if PICKUP not in contents:
        return []
    barred = {folded(name) for name in contents.get(CARE_CORE, {}).get("not_to_hand_over", ())}
    carers = [Collector(PERSON, name) for name in contents[PICKUP].get("in_care_of", ())]
    named = [
        Collector(PERSON, name_with_relation(person)[:LONGEST_NAME])
        for person in contents[PICKUP]["people"]
        if folded(person["name"]) not in barred
    ]
    alone = [Collector(ALONE)] if _may_leave_alone(contents.get(CONSENTS)) else []
    return [*(carers or [Collector(PARENT)]), *named, *alone]


def _may_leave_alone(content: JsonMapping | None) -> bool:
    return content is not None and consents.consent_state_in(content, "alone") == consents.GIVEN
