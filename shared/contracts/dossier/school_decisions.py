"""
Decisions of a school service on schools and classes, which become the section `schooling`.

Each decision is a version with the day from which it holds, as a correction is one: providers
receive it as they receive any section, and what waits for its day can be taken back until then.
"""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from shared.contracts.dossier.guardians import OWNER
from shared.contracts.message import Method
from shared.contracts.values import Day, Id, list_length, maybe_text, one_of, text

DECISIONS_AT_ONCE = 50
"""Most decisions of one request: each is a version, and a message for every provider entitled."""

APPLIED, WAITS, SAME, NOT_LINKED, NOT_THAT_DAY, ANOTHER_WAITS = (
    "applied",
    "waits",
    "same",
    "not_linked",
    "not_that_day",
    "another_waits",
)
DECIDED = (
    APPLIED,  # it is valid from now on
    WAITS,  # for its day
    SAME,  # it is so already: nothing was sent
    NOT_LINKED,  # no child of this provider, or its file is held
    NOT_THAT_DAY,  # before birth, or more than a year to come
    ANOTHER_WAITS,  # a correction of the front desk, which is taken back there first
)

RENAMED = (
    APPLIED,  # what holds, or what waits for its day, has the name now
    SAME,
    NOT_LINKED,
)

WITHDRAWN, REVERTED, CHANGED_SINCE, UNKNOWN = "withdrawn", "reverted", "changed_since", "unknown"
UNDONE = (
    WITHDRAWN,  # before its day
    REVERTED,  # what was before is back
    CHANGED_SINCE,  # somebody wrote another school or class since: that one stays
    UNKNOWN,  # no decision of this provider, or one that changed nothing
)


class SchoolingDecision(TypedDict):
    """
    A child's school, level and class from a day on; no school where it leaves those of the town.

    `decision_id` is the provider's own: sent again, the decision is made once.
    """

    decision_id: Id
    child_id: Id
    school: Annotated[str, maybe_text(120)]
    grade: Annotated[str, text(40)]
    class_name: Annotated[str, maybe_text(60)]
    holds_from: Day


class DecisionMade(TypedDict):
    decision_id: Id
    outcome: Annotated[str, one_of(DECIDED)]


@dataclass(frozen=True, kw_only=True)
class DecideSchoolingRequest:
    """`decided_by` is the agent of the provider who ordered it."""

    decided_by: Id
    decisions: Annotated[list[SchoolingDecision], list_length(1, DECISIONS_AT_ONCE)]


@dataclass(frozen=True)
class DecideSchoolingAnswer:
    decisions: Annotated[list[DecisionMade], list_length(1, DECISIONS_AT_ONCE)]


decide_schooling = Method(
    OWNER, "decide_schooling", DecideSchoolingRequest, DecideSchoolingAnswer, writes=True
)
"""
Schools and classes of some children, of a provider that has an activity of the regime `school`.

A decision of this provider that waits is replaced by the later one. Each has an outcome of its own;
one that cannot be made stops no other.
"""


class DecisionUndone(TypedDict):
    decision_id: Id
    outcome: Annotated[str, one_of(UNDONE)]


@dataclass(frozen=True, kw_only=True)
class UndoSchoolingRequest:
    undone_by: Id
    decision_ids: Annotated[list[Id], list_length(1, DECISIONS_AT_ONCE)]


@dataclass(frozen=True)
class UndoSchoolingAnswer:
    decisions: Annotated[list[DecisionUndone], list_length(1, DECISIONS_AT_ONCE)]


undo_schooling = Method(
    OWNER, "undo_schooling", UndoSchoolingRequest, UndoSchoolingAnswer, writes=True
)
"""
Decisions taken back by the provider that made them: before their day, or after.

After it what stood before is written again, as a version of its own, unless somebody has written
another school or class since.
"""

MOST_FORMER_NAMES = 20


class SchoolOfChildRenamed(TypedDict):
    child_id: Id
    outcome: Annotated[str, one_of(RENAMED)]


@dataclass(frozen=True, kw_only=True)
class RenameSchoolRequest:
    """`former_names` are all that a child may still have written of the school called `name`."""

    decided_by: Id
    former_names: Annotated[list[Annotated[str, text(120)]], list_length(1, MOST_FORMER_NAMES)]
    name: Annotated[str, text(120)]
    child_ids: Annotated[list[Id], list_length(1, DECISIONS_AT_ONCE)]


@dataclass(frozen=True)
class RenameSchoolAnswer:
    children: Annotated[list[SchoolOfChildRenamed], list_length(1, DECISIONS_AT_ONCE)]


rename_school = Method(OWNER, "rename_school", RenameSchoolRequest, RenameSchoolAnswer, writes=True)
"""
Another name of the school at which some children are, or will be: level and class stay.

What waits for its day gets the name as well, whoever wrote it. Sent again, nothing is left to do.
"""
