"""
Children and homes that rows of a file name, for imports that follow the families: ids, or a reason.

A number is never believed alone: of a child the names and the birth date agree, of a home one of
its adults. A child without a number in the file is known by these, where it alone has them.
"""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from shared.contracts.dossier.guardians import NAME
from shared.contracts.message import Method
from shared.contracts.values import EMPTY, NONE, Day, Id, list_length, maybe_text, one_of, text

OWNER = "dossier"

AT_ONCE = 200
"""The most children, or homes, of one request."""

UNKNOWN, TAKEN, SEVERAL = "unknown", "number_taken", "several"
WHYS = (
    "",
    UNKNOWN,  # that number, or these names, came with no import and are not here
    TAKEN,  # the number is here another's: names, birth date or adults differ
    SEVERAL,  # two children, or two adults of the home, are called so: the number must say which
)

Reference = Annotated[str, maybe_text(60), EMPTY]
Why = Annotated[str, one_of(WHYS)]


class NamedChild(TypedDict):
    """A child as a row names it; `reference` is its number in other software, "" for none."""

    reference: Reference
    first_name: Annotated[str, text(80)]
    last_name: Annotated[str, text(80)]
    birth_date: Day


class IdentifiedChild(TypedDict):
    """`child_id` is null where `why` says why."""

    child_id: Annotated[Id | None, NONE]
    why: Why


@dataclass(frozen=True)
class IdentifyChildrenRequest:
    children: Annotated[list[NamedChild], list_length(1, AT_ONCE)]


@dataclass(frozen=True)
class IdentifyChildrenAnswer:
    """The children, in the order of the request."""

    children: Annotated[list[IdentifiedChild], list_length(0, AT_ONCE)]


identify_children = Method(
    OWNER, "identify_children", IdentifyChildrenRequest, IdentifyChildrenAnswer
)
"""
Return which children rows mean; nothing of them is read back.

Who is found by names alone has a line in the read log, once. A child of a protected home is found
by the number of its own import alone (rule R9).
"""


class NamedHome(TypedDict):
    """A home as a row names it: its number in other software, and one of its adults."""

    reference: Annotated[str, text(60)]
    adult: Annotated[str, NAME]


class IdentifiedHome(TypedDict):
    """The home and that adult; both null where `why` says why."""

    household_id: Annotated[Id | None, NONE]
    guardian_id: Annotated[Id | None, NONE]
    why: Why


@dataclass(frozen=True)
class IdentifyHomesRequest:
    homes: Annotated[list[NamedHome], list_length(1, AT_ONCE)]


@dataclass(frozen=True)
class IdentifyHomesAnswer:
    """The homes, in the order of the request."""

    homes: Annotated[list[IdentifiedHome], list_length(0, AT_ONCE)]


identify_homes = Method(OWNER, "identify_homes", IdentifyHomesRequest, IdentifyHomesAnswer)
"""Return which homes rows mean, with the adult that each names."""
