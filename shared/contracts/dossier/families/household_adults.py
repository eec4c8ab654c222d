"""
The adults of a household change: a name, who comes, who goes, who died.

Each is a correction of the children concerned (corrections.py): from a paper seen, from a day on,
a later day waits, and what a provider holds of it is acknowledged.
"""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from shared.contracts.dossier.corrections import Correction, FromPaper
from shared.contracts.dossier.guardians import FIRST_NAME, LAST_NAME, NAME, OWNER
from shared.contracts.errors import Refusal
from shared.contracts.message import Empty, Event, Method
from shared.contracts.values import NONE, Day, Id, Moment, OfHousehold, Version, list_length, text

MOST_CHILDREN = 30


class Adult(TypedDict):
    """
    An adult of a household, or of one of its children.

    `authority` are the children of the household over whom they have it today, `answers` those for
    whom they answer without it.
    """

    id: Id
    name: Annotated[str, NAME]
    lives_here: bool
    authority: list[Id]
    answers: list[Id]
    died_on: Annotated[Day | None, NONE]


class ChildOfHousehold(TypedDict):
    child_id: Id
    first_name: Annotated[str, FIRST_NAME]
    last_name: Annotated[str, LAST_NAME]


class ChangeOfChild(Correction):
    """A correction, and of which child."""

    child_id: Id


@dataclass(frozen=True)
class HouseholdAdultsAnswer:
    """Adults by name, children by age, and what changed of adults, the latest first."""

    adults: list[Adult]
    children: list[ChildOfHousehold]
    changes: list[ChangeOfChild]


household_adults = Method(OWNER, "household_adults", OfHousehold, HouseholdAdultsAnswer)
"""
The adults of a household for an agent who corrects; each child has a line in its read log.

Refusals: NotFound, also for a household of which a child lives in a protected home, for who does
not protect (rule R9).
"""


@dataclass(frozen=True, kw_only=True)
class ChangeOfAdults(FromPaper):
    household_id: Id


@dataclass(frozen=True, kw_only=True)
class CorrectGuardianNameRequest(ChangeOfAdults):
    guardian_id: Id
    name: Annotated[str, NAME]


correct_guardian_name = Method(
    OWNER, "correct_guardian_name", CorrectGuardianNameRequest, Empty, writes=True
)
"""An adult has another name. Refusals: NotFound, NothingCorrected, AnotherWaits, BadRequest."""


class KnownAdult(TypedDict):
    """
    An adult who is known in another household of the town.

    `communes` are the INSEE codes of where they live, `born` the years in which the children of
    these homes were born: « 2018, 2020 ».
    """

    id: Id
    name: Annotated[str, NAME]
    communes: list[Annotated[str, text(5)]]
    born: str


@dataclass(frozen=True, kw_only=True)
class FindAdultsRequest(OfHousehold):
    """`account` is whose e-mail the person gave, as identity knows it."""

    query: Annotated[str, NAME]
    account: Annotated[Id | None, NONE] = None


@dataclass(frozen=True)
class FindAdultsAnswer:
    """The holder of the account first, then the most alike."""

    found: list[KnownAdult]


find_adults = Method(OWNER, "find_adults", FindAdultsRequest, FindAdultsAnswer)
"""
Adults of other households whom a name, typed with mistakes, could be, before one comes here.

Nobody who lives in a protected home, and to who does not protect nobody either who lives with, or
answers for, a child of one (rule R9): they are answered like people whom nobody knows.
"""


@dataclass(frozen=True, kw_only=True)
class AddGuardianRequest(ChangeOfAdults):
    """`guardian_id` is an adult of this household or one of `find_adults`; null for a new one."""

    name: Annotated[str, NAME]
    guardian_id: Annotated[Id | None, NONE] = None
    authority: bool
    lives_here: bool
    children: Annotated[list[Id], list_length(1, MOST_CHILDREN)]


add_guardian = Method(OWNER, "add_guardian", AddGuardianRequest, Empty, writes=True)
"""
An adult answers for these children from a day on, with or without authority.

A death that was noted by mistake is taken back by it; the person then needs a new access. Who is
known keeps name and account, and sees the children of both households. Who answers already may get
authority, move in, or be given a home of their own where they live nowhere.
Refusals: NotFound, also for an adult whom `find_adults` does not offer, NothingCorrected,
AnotherWaits, and BadRequest, also for who was separated from this home, for authority or a home
that coming would take, and for who answers already and would move into a protected home.
"""


@dataclass(frozen=True, kw_only=True)
class EndGuardianshipRequest(ChangeOfAdults):
    """
    `still_answers`: the adult moves out of the home of all its children, and keeps their rights.

    Otherwise they answer for `children` no more, and leave the home with the last of them.
    """

    guardian_id: Id
    still_answers: bool
    children: Annotated[list[Id], list_length(0, MOST_CHILDREN)]


end_guardianship = Method(OWNER, "end_guardianship", EndGuardianshipRequest, Empty, writes=True)
"""
An adult goes. Refusals: NotFound, NothingCorrected, AnotherWaits, BadRequest, and HomeLeftEmpty.
"""


@dataclass(frozen=True, kw_only=True)
class NoteDeathRequest(ChangeOfAdults):
    guardian_id: Id


note_death = Method(OWNER, "note_death", NoteDeathRequest, Empty, writes=True)
"""
An adult died: no letter, no sign-in, no mandate of theirs from then on, and their bills are named.

A child leaves the home in which nobody answers for it any more, where it has another one.
Refusals: NotFound, NothingCorrected, BadRequest for a day to come, and HomeLeftEmpty.
"""


@dataclass(frozen=True)
class GuardianCorrected:
    """`died` ends the account's sign-ins; `at` is when it was noted, `version` of this guardian."""

    guardian_id: Id
    version: Version
    name: Annotated[str, NAME]
    died: bool
    at: Moment


guardian_corrected = Event(OWNER, "guardian_corrected", GuardianCorrected, addressed=True)
"""Sent to identity alone: a guardian's name, and whether the person died."""


@dataclass(frozen=True)
class GuardianForgotten:
    """No e-mail goes where it is `quiet`: a child died (rule R10), or was erased long before."""

    guardian_id: Id
    quiet: bool = False


guardian_forgotten = Event(OWNER, "guardian_forgotten", GuardianForgotten, addressed=True)
"""
Sent to identity alone: nothing is kept any more of the children for whom this person answered.

The account closes for good, and its address is free for whom it reaches.
"""


class HomeLeftEmpty(Refusal):
    """A child would live where nobody answers for it; `detail["child_id"]` says which."""

    code = "home_left_empty"
