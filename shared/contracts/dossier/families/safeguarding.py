"""
Children kept safe: files held after a death, guarded dossiers, placements, protected households,
rulings that bar an adult.

The hold says nothing of why: what travels is that a file is held, to those who have to fall silent.
"""

from dataclasses import dataclass, field
from operator import attrgetter
from typing import Annotated, TypedDict

from shared.contracts.dossier.guardians import OWNER
from shared.contracts.errors import Refusal
from shared.contracts.message import Empty, Event, Method
from shared.contracts.values import (
    EMPTY,
    NONE,
    Count,
    Day,
    Id,
    Moment,
    OfChild,
    OfHousehold,
    PageAnswer,
    PageRequest,
    Version,
    list_length,
    maybe_text,
    one_of,
    text,
)


@dataclass(frozen=True, kw_only=True)
class PaperSeen:
    """The kind of document that the desk has seen, with its date."""

    paper: Annotated[str, text(80)]
    paper_date: Day


@dataclass(frozen=True)
class NewVersion:
    """The version of a file's hold or of a child's rulings after a change."""

    version: Version


@dataclass(frozen=True)
class HoldFileRequest:
    """`held_by` is the one agent who holds the file, of those at the front desk who may."""

    child_id: Id
    held_by: Id


hold_file = Method(OWNER, "hold_file", HoldFileRequest, NewVersion, writes=True)
"""
A child's file is held from now on: all links end, nothing is sent of itself, and nothing billed.

Asked again, it passes to another agent. Refusals: NotFound, BadRequest where the agent may not hold
a file.
"""


release_file = Method(OWNER, "release_file", OfChild, NewVersion, writes=True)
"""
The agent who holds a file lets it go; no link opens again by it.

Refusals: NotFound, also for whoever does not hold it.
"""


bill_again = Method(OWNER, "bill_again", OfChild, NewVersion, writes=True)
"""
The agent who holds a file lets the bills of its homes leave again: brothers and sisters eat too.

The file stays held, and nothing else begins again. Refusals: NotFound, also for whoever does not
hold it, and where bills leave already.
"""


@dataclass(frozen=True)
class FileHeld:
    """
    `households` are those that are not billed because of this child; a provider receives none.

    `lapsed`: the hold ended with the file, by its period, and no agent said that bills leave again.
    A provider never reads it.
    """

    child_id: Id
    version: Version
    households: list[Id]
    held: bool
    at: Moment
    lapsed: bool = False


file_held = Event(OWNER, "file_held", FileHeld, addressed=True, ordered_by=attrgetter("child_id"))
"""Whole state, versioned per child: to billing, and to the providers that have or had the child."""


GUARDED_AT_ONCE = 50


class GuardedHousehold(TypedDict):
    """`guardians` are names; `held_by` the agents who hold files of children living there."""

    household_id: Id
    guardians: list[str]
    protected: bool
    held_by: list[Id]


@dataclass(frozen=True)
class GuardedDossiersAnswer(PageAnswer):
    found: list[GuardedHousehold]


guarded_dossiers = Method(OWNER, "guarded_dossiers", PageRequest, GuardedDossiersAnswer)
"""
The households that are protected, and those in which a child lives whose file is held, and by whom:
by household, GUARDED_AT_ONCE a page.

Adults' names alone; the children living there have a line in their read log.
"""


class GuardianNamed(TypedDict):
    id: Id
    name: Annotated[str, text(120)]


class Protection(TypedDict):
    """The paper and the agents by which a household was protected; `lifted_at` null: in force."""

    since: Moment
    recorded_by: Id
    lifted_at: Annotated[Moment | None, NONE]
    lifted_by: Annotated[Id | None, NONE]
    paper: Annotated[Annotated[str, text(80)] | None, NONE]
    paper_date: Annotated[Day | None, NONE]


class Carer(TypedDict):
    """An adult with whom a child is placed, in that household, up to and with `valid_to`."""

    id: Id
    name: Annotated[str, text(120)]
    phone: Annotated[str, EMPTY]
    household_id: Id
    valid_from: Day
    valid_to: Annotated[Day | None, NONE]


class GuardedChild(TypedDict):
    """
    A child of the household; `held_by` is the agent who holds its file.

    `bills_wait` says that the homes of such a child are not billed meanwhile.
    """

    id: Id
    first_name: Annotated[str, text(80)]
    last_name: Annotated[str, text(80)]
    birth_date: Day
    held_by: Annotated[Id | None, NONE]
    bills_wait: bool
    carers: list[Carer]


@dataclass(frozen=True)
class OpenGuardedAnswer:
    """`protections` are all that the household had, the latest first."""

    household_id: Id
    guardians: list[GuardianNamed]
    protected: bool
    protections: list[Protection]
    children: list[GuardedChild]


open_guarded = Method(OWNER, "open_guarded", OfHousehold, OpenGuardedAnswer)
"""
One household, found at the desk or not: is it protected, whose file is held, who is placed.

Each child has a line in its read log. Refusals: NotFound.
"""


@dataclass(frozen=True, kw_only=True)
class PlaceChildRequest(PaperSeen):
    """
    Either a carer who is known, with a household, or the name of a new one, who is given one.

    The placement lasts up to and with `valid_to`. `carer_phone` is the first number that services
    call; "" leaves one that is known.
    """

    child_id: Id
    carer_id: Id | None = None
    household_id: Id | None = None
    carer_name: Annotated[str, maybe_text(120)] = ""
    carer_phone: Annotated[str, maybe_text(30)] = ""
    valid_from: Day
    valid_to: Day | None = None


@dataclass(frozen=True)
class PlaceChildAnswer:
    carer_id: Id


place_child = Method(OWNER, "place_child", PlaceChildRequest, PlaceChildAnswer, writes=True)
"""
A child is placed with an adult, in that adult's household.

The carer says absences and sees the child's days; no section, no address, no bill. The same carer
again is the same placement with other days. Refusals: NotFound, BadRequest, also for who answers
for the child on these days, and for a number that is none.
"""


class CarerFound(TypedDict):
    """An adult in one household: the INSEE code of where, and when its children were born."""

    household_id: Id
    guardian_id: Id
    name: Annotated[str, text(120)]
    insee: Annotated[str, EMPTY]
    born: Annotated[str, EMPTY]


@dataclass(frozen=True)
class FindCarersRequest:
    query: Annotated[str, text(80)]


@dataclass(frozen=True)
class FindCarersAnswer:
    found: list[CarerFound]


find_carers = Method(OWNER, "find_carers", FindCarersRequest, FindCarersAnswer)
"""
Adults whom a name, typed with mistakes, could be, with or without children of their own.

Children living with those shown have a line in their read log. Not `writes`: it holds names.
"""


@dataclass(frozen=True)
class EndPlacementRequest:
    """The placement with this carer that begins on `first_day`."""

    child_id: Id
    carer_id: Id
    first_day: Day
    last_day: Day


end_placement = Method(OWNER, "end_placement", EndPlacementRequest, Empty, writes=True)
"""
The placement ends with that day: the carer's access closes that night, or at once if past.

One that would begin later never does. Refusals: NotFound, BadRequest.
"""


IN_BOTH, WITH_WHO_LEAVES, WITH_WHO_STAYS = "both", "leaves", "stays"
HOMES = (IN_BOTH, WITH_WHO_LEAVES, WITH_WHO_STAYS)
"""
Homes of a child whose household is separated: both of them, or one.

Who is protected leaves.
"""


class ChildAfterwards(TypedDict):
    child_id: Id
    lives: Annotated[str, one_of(HOMES)]


class NewAddress(TypedDict):
    """Address of a home from a day on; the dossier finds the commune by its name."""

    street: Annotated[str, text(160)]
    postcode: Annotated[str, text(10)]
    commune: Annotated[str, text(80)]


@dataclass(frozen=True, kw_only=True)
class ProtectHouseholdRequest(PaperSeen):
    """
    `guardians` are those who are protected: an empty list means the only one, or all.

    Who is not named stays in the household, and the others get one of their own, which is the
    protected one. `children` says where each child lives then, in both homes where nothing is said;
    `address` is the new home's.
    """

    household_id: Id
    guardians: Annotated[list[Id], list_length(0, 12)] = field(default_factory=list)
    children: Annotated[list[ChildAfterwards], list_length(0, 30)] = field(default_factory=list)
    address: NewAddress | None = None


@dataclass(frozen=True)
class ProtectHouseholdAnswer:
    """The household that is protected: of one that was separated, the new one."""

    household_id: Id


protect_household = Method(
    OWNER, "protect_household", ProtectHouseholdRequest, ProtectHouseholdAnswer, writes=True
)
"""
Takes a household out of every search and proposal; another home learns nothing new.

Refusals: NotFound, SharedHome, BadRequest where who is named does not live there, or no child would
live in the protected home.
"""


lift_protection = Method(OWNER, "lift_protection", OfHousehold, Empty, writes=True)
"""The protection ends; refusals: NotFound where there is none."""


class SharedHome(Refusal):
    """Several guardians live there, and nobody said which of them is protected."""

    code = "shared_home"


ENTERED, SECONDED, LIFTED, TAKEN_OUT = "entered", "seconded", "lifted", "taken_out"
ACTS = (ENTERED, SECONDED, LIFTED, TAKEN_OUT)
"""Acts of an agent: entered it, saw the paper too, set an end, took it out before its day."""


class Ruling(TypedDict):
    """An adult to whom the child is not handed over, and the agents who saw which paper."""

    name: Annotated[str, text(120)]
    paper_kind: Annotated[str, text(80)]
    paper_date: Day
    valid_from: Day
    valid_to: Annotated[Day | None, NONE]
    recorded_by: Annotated[str, maybe_text(36), EMPTY]
    seconded_by: Annotated[str, maybe_text(36), EMPTY]
    lift_paper: Annotated[str, maybe_text(80), EMPTY]
    lift_paper_date: Annotated[Day | None, NONE]


class RulingAct(TypedDict):
    """One line of the history; `by` is an agent's subject, or `import`."""

    at: Moment
    by: Annotated[str, text(36)]
    act: Annotated[str, one_of(ACTS)]
    name: Annotated[str, text(120)]


@dataclass(frozen=True)
class RulingsOfAnswer:
    first_name: Annotated[str, text(80)]
    last_name: Annotated[str, text(80)]
    version: Version
    rulings: list[Ruling]
    history: list[RulingAct]


rulings_of = Method(OWNER, "rulings_of", OfChild, RulingsOfAnswer)
"""
The rulings on one child, ended ones too, and what was done about them, the latest first.

A line is left in the read log for the data protection officer alone. Refusals: NotFound.
"""


class RulingToSecond(TypedDict):
    household_id: Id
    child_id: Id
    first_name: Annotated[str, text(80)]
    last_name: Annotated[str, text(80)]
    recorded_by: Annotated[str, text(36)]


@dataclass(frozen=True)
class RulingsToSecondAnswer(PageAnswer):
    found: list[RulingToSecond]


rulings_to_second = Method(OWNER, "rulings_to_second", PageRequest, RulingsToSecondAnswer)
"""
The rulings that are not over and whose paper one agent alone has seen: the child, the agent. In
pages of children, of which one may have no such ruling.

The barred adult is not named. A line is left in the read log for the data protection officer alone.
"""


@dataclass(frozen=True, kw_only=True)
class OfRulings:
    """The child whose rulings are changed, and the version that was read."""

    child_id: Id
    base_version: Version


@dataclass(frozen=True, kw_only=True)
class OfRuling(OfRulings):
    """The ruling that is changed: `number` counts from 0, as `rulings_of` lists them."""

    number: Count


@dataclass(frozen=True, kw_only=True)
class BarAdultRequest(OfRulings, PaperSeen):
    name: Annotated[str, text(120)]
    valid_from: Day
    valid_to: Day | None = None


bar_adult = Method(OWNER, "bar_adult", BarAdultRequest, NewVersion, writes=True)
"""
The child is not handed over to this adult, from a day to a day, both included.

Every provider with the child has the name in seconds, where the day has come. Refusals: NotFound,
Outdated, BadRequest (days in the wrong order, six adults at most).
"""


@dataclass(frozen=True, kw_only=True)
class SecondRulingRequest(OfRuling):
    pass


second_ruling = Method(OWNER, "second_ruling", SecondRulingRequest, NewVersion, writes=True)
"""
A second agent has seen the paper of a ruling.

Refusals: NotFound, Outdated, BadRequest for the agent who entered it.
"""


@dataclass(frozen=True, kw_only=True)
class LiftRulingRequest(OfRuling, PaperSeen):
    last_day: Day


lift_ruling = Method(OWNER, "lift_ruling", LiftRulingRequest, NewVersion, writes=True)
"""
A paper ends a ruling with `last_day`; before its first day, it is taken out, its history stays.

Refusals: NotFound, Outdated.
"""
