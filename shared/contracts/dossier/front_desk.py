"""Contracts of the front desk: finding a household or a child by name, and opening a household."""

from dataclasses import dataclass, field
from typing import Annotated, NotRequired, TypedDict

from shared.contracts.dossier.guardians import (
    FIRST_NAME,
    LAST_NAME,
    NAME,
    OWNER,
    DeceasedPayer,
    NamedGuardian,
)
from shared.contracts.message import Method
from shared.contracts.schema_from_type import Default
from shared.contracts.values import (
    NONE,
    Day,
    Id,
    Moment,
    OfHousehold,
    Section,
    text,
)


@dataclass(frozen=True)
class FindDossiersRequest:
    """A name that is looked for, or an address with `account`, the guardian known by it."""

    query: Annotated[str, text(80)]
    born: Day | None = None
    account: Id | None = None


class FoundPerson(TypedDict):
    """
    The little that distinguishes people.

    `born` is the birth date of a child, of a guardian the birth years of the children; `insee` is
    the commune where they live ("" unknown); `guardians` are the names of a home's guardians for a
    person found in two homes, and for homonyms who read alike, else none.
    """

    household_id: Id
    child_id: Annotated[Id | None, NONE]
    name: Annotated[str, text(170)]
    born: str
    insee: str
    guardians: list[Annotated[str, NAME]]


@dataclass(frozen=True)
class FindDossiersAnswer:
    found: list[FoundPerson]
    more: bool


find_dossiers = Method(OWNER, "find_dossiers", FindDossiersRequest, FindDossiersAnswer)
"""
The households and children that a name, typed with mistakes, could be: for the front desk alone.

Each child shown has a line in its read log. Not `writes`: the kit would keep the names.
"""


class OpenedChild(TypedDict):
    """
    A child at the counter: who answers for it, and which sections were never filled in.

    `also` are the ids of other files of a child that had several: a provider may have it by one.
    `leaves_after` is there where it leaves the town after that day.
    """

    id: Id
    first_name: Annotated[str, FIRST_NAME]
    last_name: Annotated[str, LAST_NAME]
    birth_date: Day
    missing: list[Section]
    guardians: list[Id]
    also: NotRequired[Annotated[list[Id], Default(list)]]
    leaves_after: NotRequired[Annotated[Day | None, NONE]]


class LetterStop(TypedDict):
    """A time in which a household was sent no letter (`contracts.family_imports.stop_letters`)."""

    since: Moment
    stopped_by: Id
    why: Annotated[str, text(10)]
    resumed_at: Moment | None
    resumed_by: Id | None


class AccessLetters(TypedDict):
    """
    Letters of access to a household.

    `expected`: somebody there has none yet and may get one. The latest of the `stops` comes first.
    """

    expected: bool
    stops: list[LetterStop]


class ChildUnderWay(TypedDict):
    """A request of this household to add a child: being written, or `sent` and to be checked."""

    draft_id: Id
    sent: bool
    since: Moment


class ComingMove(TypedDict):
    """A move that a household announced: the commune (INSEE) of its address from that day on."""

    insee: str
    valid_from: Day


@dataclass(frozen=True)
class OpenDossierAnswer:
    """
    `under_way` is for who checks dossiers; to others it is empty.

    `held_by` are the agents who hold files of children of this home: who meets the family leads it
    to them, and asks nothing. The children themselves are not named. `moves` is the first move that
    it announced, null where there is none.
    """

    household_id: Id
    insee: str
    guardians: list[NamedGuardian]
    deceased: list[DeceasedPayer]
    children: list[OpenedChild]
    letters: AccessLetters
    under_way: list[ChildUnderWay] = field(default_factory=list)
    held_by: list[Id] = field(default_factory=list)
    moves: ComingMove | None = None


open_dossier = Method(OWNER, "open_dossier", OfHousehold, OpenDossierAnswer)
"""
One household at the counter.

No content of any section, no provider, no address. Each child has a line in its read log.
Refusals: NotFound, also for a household that no desk may find (rule R9).
"""
