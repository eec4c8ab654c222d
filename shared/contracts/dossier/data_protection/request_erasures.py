"""
Erasure that a person asked for (GDPR, article 17), before the period of the file ends.

For agents who answer persons. The dossier says of each part of a child's file whether it can go, or
why it stays (article 17(3)), and erases what is chosen as at the end of its period. Bills, what
services decided and the read log are no parts of it, and who the child is always stays.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, TypedDict

from shared.contracts.dossier.data_protection.person_requests import RequestOfPerson
from shared.contracts.dossier.guardians import OWNER
from shared.contracts.message import Method
from shared.contracts.sections import SECTIONS
from shared.contracts.values import EMPTY, NONE, Day, Id, list_length, one_of, text

COURSE = "course"
PARTS = (*SECTIONS, COURSE)
"""The parts of a file, in order; the last are the counts of its activities (rule R10)."""

ACCOUNTS, RULING, DECIDED = "accounts", "ruling", "decided"
NEEDED, OTHER_HOME, GUARDED = "needed", "other_home", "guarded"
WHY_KEPT = (ACCOUNTS, RULING, DECIDED, NEEDED, OTHER_HOME, GUARDED)
"""
Reasons why a part stays: bills name the child and its home for as long as they are collected; a
ruling and a decided school are kept to their period; services that have the child must have it
(rules R1, R2, R3, R6), or prove by it what they did; who has authority and shares no home with who
asks has not asked for the same; a home is protected, an adult barred or the file held (rules R7,
R9), of which no answer says anything.
"""

MOST_CHILDREN, MOST_PROVIDERS = 40, 100


class Part(TypedDict):
    """
    One part of a file; `kept` says why it stays, "" for one that can go.

    `providers` need it, or lose it with the erasure. `until` is the day on which it goes by itself,
    null while that is not known.
    """

    part: Annotated[str, one_of(PARTS)]
    kept: Annotated[str, one_of(("", *WHY_KEPT)), EMPTY]
    providers: Annotated[list[str], list_length(0, MOST_PROVIDERS)]
    until: Annotated[Day | None, NONE]


class ChildParts(TypedDict):
    """
    The parts of one child's file in which anything stands.

    `awaits_other_home`: somebody has authority, shares no home with who asks and has not asked for
    the same; of a guarded file, whether or not, so that both have the same answer (rule R9).
    """

    child_id: Id
    name: Annotated[str, text(170)]
    awaits_other_home: bool
    parts: Annotated[list[Part], list_length(0, len(PARTS))]


@dataclass(frozen=True)
class ErasablePartsAnswer:
    """`left_out` counts the children that were too many for one message."""

    children: Annotated[list[ChildParts], list_length(0, MOST_CHILDREN)]
    left_out: int


erasable_parts = Method(OWNER, "erasable_parts", RequestOfPerson, ErasablePartsAnswer)
"""
The files that a request to erase is about: of the child it names, else of all for whom the person
answers; of a former pupil its own. None while nobody knows who asks, and of other requests: of
another kind, or to a service.

Leaves a line in the read log of each child. Refusals: NotFound.
"""


@dataclass(frozen=True, kw_only=True)
class ErasePartsRequest(RequestOfPerson):
    child_id: Id
    parts: Annotated[list[Annotated[str, one_of(PARTS)]], list_length(1, len(PARTS))]


@dataclass(frozen=True)
class ErasePartsAnswer:
    """`erased` are the parts that went; of one in which nothing stands any more nothing is said."""

    erased: Annotated[list[str], list_length(0, len(PARTS))]


erase_parts = Method(OWNER, "erase_parts", ErasePartsRequest, ErasePartsAnswer, writes=True)
"""
Erases all of these parts with their versions, or none; services learn it as of any change, and who
asked for the same in another home of the child has the act in its request, too.

A second time changes nothing. Refusals: NotFound for a child that the request is not about,
RequestClosed, BadRequest with the parts that stay and why, or `proof` while that is asked for.
"""


def text_of_erasure(name: str, parts: Collection[str]) -> str:
    """Return what the act of an erasure says: whose file, and which parts."""
    return f"{' '.join(part for part in PARTS if part in parts)}\n{name}"


def name_and_parts_of_erasure(said: str) -> tuple[str, list[str]]:
    """Return whose file an act of erasure was about, and which parts went."""
    parts, _, name = said.partition("\n")
    return name, parts.split()
