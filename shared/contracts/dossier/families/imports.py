"""
Families of another software, in batches from operations: a family that may be known already waits.

Nothing is merged above doubt: a child that could be one of the dossier's is reported with a score,
and its family stays aside until an agent has decided. What comes is written and never read back.
"""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from marshmallow import validate

from shared.contracts.dossier.activity_history_requests import BATCH
from shared.contracts.dossier.families.imported_households import ImportedHousehold
from shared.contracts.identity.invitations import MOST_LETTERS
from shared.contracts.message import Empty, Event, Method
from shared.contracts.schema_from_type import Default
from shared.contracts.values import (
    Content,
    Count,
    Day,
    Id,
    Moment,
    OfHousehold,
    list_length,
    maybe_text,
    one_of,
    text,
)

OWNER = "dossier"

AT_ONCE = 10
"""The most families of one request: its transaction is short."""

NEW, CHANGED, SAME = "new", "changed", "same"
LINKED, WAITING, REFUSED = "linked", "waiting", "refused"
OUTCOMES = (
    NEW,
    CHANGED,  # the row differs from the last one of this reference
    SAME,
    LINKED,  # a child of it was known beyond doubt, or somebody has said so
    WAITING,  # a child of it could be a known one: nothing is written until somebody decides
    REFUSED,
)

OTHER_BATCH, ERASED, WRONG, TAKEN = "other_batch", "erased", "wrong", "number_taken"
WHYS = (
    "",
    OTHER_BATCH,  # that reference came with another batch
    ERASED,  # what came under that reference was erased since: it does not come again
    WRONG,  # `errors` says which fields
    TAKEN,  # a number of it means another child, adult or home here: `errors` says which
)

Score = Annotated[int, validate.Range(1, 100)]
"""
Likeness of two who may be one child, of 100 (shared/text/child_likeness.py); 100 is the same name.
"""
Batch = Annotated[str, BATCH]
Reference = Annotated[str, text(60)]
"""A number of the software that a family came from."""


@dataclass(frozen=True)
class FamiliesRequest:
    batch: Batch
    families: Annotated[list[ImportedHousehold], list_length(1, AT_ONCE)]


class Doubt(TypedDict):
    """
    A child of a family that could be a known one.

    `known` is a child of the dossier; `known_reference` its number in the software that it came
    from, "" for one that came by another way.
    """

    child: Reference
    known: Id
    known_reference: Annotated[str, maybe_text(60)]
    score: Score


class ArrivedFamily(TypedDict):
    """
    The outcome of a family; `doubts` are the undecided ones, the likeliest first.

    `errors` name references and fields, never their values.
    """

    reference: Reference
    outcome: Annotated[str, one_of(OUTCOMES)]
    doubts: list[Doubt]
    why: Annotated[str, one_of(WHYS)]
    errors: Annotated[Content, Default(dict)]


@dataclass(frozen=True)
class FamiliesAnswer:
    families: list[ArrivedFamily]


check_families = Method(OWNER, "check_families", FamiliesRequest, FamiliesAnswer)
"""Return what `bring_families` would do with these families; nothing of them is written."""

bring_families = Method(OWNER, "bring_families", FamiliesRequest, FamiliesAnswer, writes=True)
"""
Take families in, each for itself: one that waits or is refused keeps no other back.

Again, the same row changes nothing, and one that differs corrects what nobody but an import has
told. A number that came before is believed where the row names the same: a child by names and birth
date, an adult by name, a home by one of its adults. A child of that number with a slip of the pen
waits, anything else is refused (TAKEN). A child that is known beyond doubt (names, birth date, and
every adult of the row answers for it) keeps what it has: it gets the row's links, and no section.
Twins are never proposed for each other.
"""


@dataclass(frozen=True)
class WaitingFamiliesRequest:
    batch: Batch


class WaitingDoubt(Doubt):
    """A doubt about the family `reference`."""

    reference: Reference


@dataclass(frozen=True)
class WaitingFamiliesAnswer:
    doubts: list[WaitingDoubt]


waiting_families = Method(OWNER, "waiting_families", WaitingFamiliesRequest, WaitingFamiliesAnswer)
"""The undecided doubts of a batch, the likeliest first; at most 500."""


@dataclass(frozen=True)
class DecideArrivalRequest:
    child: Reference
    decided_by: Annotated[str, text(120)]
    same_as: Id | None = None


decide_arrival = Method(OWNER, "decide_arrival", DecideArrivalRequest, Empty, writes=True)
"""
An agent has looked: the child of that reference is a known one (`same_as`), or another (null).

Nothing arrives by it: the family does when its batch comes again. Refusals: NotFound where there
is no such doubt.
"""


class CandidateChild(TypedDict):
    """A known child, with the names of the guardians who answer for it."""

    child_id: Id
    score: Score
    first_name: Annotated[str, text(80)]
    last_name: Annotated[str, text(80)]
    birth_date: Day
    guardians: list[str]


class DoubtfulChild(TypedDict):
    """A child that waits, by its number, beside the known children that it could be."""

    child: Reference
    family: Reference
    candidates: list[CandidateChild]


@dataclass(frozen=True)
class DoubtfulArrivalsAnswer:
    children: list[DoubtfulChild]


doubtful_arrivals = Method(OWNER, "doubtful_arrivals", Empty, DoubtfulArrivalsAnswer)
"""
Gives the front desk the oldest hundred of the children that wait.

Nothing but the number of such a child is here: the town's former software, or its file, names it.
Each known child that is shown has a line in the read log.
"""


@dataclass(frozen=True)
class ResolveArrivalRequest:
    child: Reference
    same_as: Id | None = None


resolve_arrival = Method(OWNER, "resolve_arrival", ResolveArrivalRequest, Empty, writes=True)
"""Decides as `decide_arrival`, by the agent of the front desk who asks."""


@dataclass(frozen=True)
class GuardiansToInviteAnswer:
    """
    `waiting` are those to whom a letter may go; `next` of them, at most MOST_LETTERS, came first.

    `at_desk` get none, for a reason that is not given: no address, rule R9, or a home that is
    written to no more, of which there are `stopped`. No name is here.
    """

    waiting: Count
    at_desk: Count
    stopped: Count
    next: list[Id]


guardians_to_invite = Method(OWNER, "guardians_to_invite", Empty, GuardiansToInviteAnswer)
"""
Counts for the front desk guardians of an import who have no access yet, and lists the next ones.
"""

ASKED, RETURNED = "asked", "returned"
WHY_NO_LETTER = (
    ASKED,  # the household wants no more letters
    RETURNED,  # it moved, or a letter came back
)


@dataclass(frozen=True)
class StopLettersRequest:
    household_id: Id
    why: Annotated[str, one_of(WHY_NO_LETTER)]


stop_letters = Method(OWNER, "stop_letters", StopLettersRequest, Empty, writes=True)
"""
Stops letters of access to this household, at the front desk.

An access is still handed over at the desk. The agent and the moment are kept. Where a letter came
back the codes in letters to this home end, too. Safe to repeat. Refusals: NotFound, also for a
household that no desk may find (rule R9).
"""


resume_letters = Method(OWNER, "resume_letters", OfHousehold, Empty, writes=True)
"""Resumes letters to who has no access in a household, at the front desk. Refusals: NotFound."""


@dataclass(frozen=True)
class LettersToWriteRequest:
    guardian_ids: Annotated[list[Id], list_length(1, MOST_LETTERS)]


class AddressedGuardian(TypedDict):
    """A guardian with the lines of an envelope."""

    guardian_id: Id
    name: Annotated[str, text(120)]
    lines: list[Annotated[str, text(180)]]


@dataclass(frozen=True)
class LettersToWriteAnswer:
    guardians: list[AddressedGuardian]


letters_to_write = Method(OWNER, "letters_to_write", LettersToWriteRequest, LettersToWriteAnswer)
"""
Gives the front desk, home by home, the addresses of these guardians who may get a letter.

A guardian who has signed in, or may get none, is left out. The children who live there have a line
in their read log.
"""

HOUSEHOLDS, CHILDREN = "households", "children"


@dataclass(frozen=True)
class ArrivedRequest:
    of: Annotated[str, one_of((HOUSEHOLDS, CHILDREN))]
    references: Annotated[list[Reference], list_length(1, 500)]


@dataclass(frozen=True)
class ArrivedAnswer:
    """Ids by reference."""

    ids: dict[str, Id]


arrived = Method(OWNER, "arrived", ArrivedRequest, ArrivedAnswer)
"""The ids that references of another software stand for; a reference without one is left out."""

IN_USE = ("edited", "linked", "read", "counted", "checked", "account", "other_batch")
"""
Reasons not to take a family back: a guardian has entered something, another way led to a link, an
agent has read, a provider has counted, the desk has checked, a guardian has chosen a password,
another batch joined it.
"""


@dataclass(frozen=True)
class UndoFamiliesRequest:
    batch: Batch
    after: str = ""


class KeptFamily(TypedDict):
    reference: Reference
    why: Annotated[str, one_of(IN_USE)]


@dataclass(frozen=True)
class UndoFamiliesAnswer:
    """Ask again with `next` as `after`; it is "" at the end."""

    removed: Count
    kept: list[KeptFamily]
    next: str


undo_families = Method(OWNER, "undo_families", UndoFamiliesRequest, UndoFamiliesAnswer, once=True)
"""
Take a batch's families back, some at a time.

A family on which something was built since is kept, with the first reason. It is not `writes`:
keys are destroyed after its commit, and asked again it does what is left to do.
"""


@dataclass(frozen=True)
class GuardianTakenBack:
    guardian_id: Id


guardian_taken_back = Event(OWNER, "guardian_taken_back", GuardianTakenBack, addressed=True)
"""
Sent to identity alone: a guardian of an import is here no more, who was invited and never came.

The code in the letter opens nothing from then on.
"""


@dataclass(frozen=True)
class LetterReturned:
    guardian_id: Id
    at: Moment


letter_returned = Event(OWNER, "letter_returned", LetterReturned, addressed=True)
"""
Sent to identity alone: a letter to the home of this guardian came back, as the desk said then.

It may have been in any hands: the code of a letter that was printed before opens nothing.
"""
