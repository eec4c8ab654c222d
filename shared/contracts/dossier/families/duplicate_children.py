"""
Two files that are one child are joined at the front desk, and taken apart again.

Both ids stay: from then on one dossier is read under either, and each provider goes on with the id
that it has. What was billed, booked, read or acknowledged under an id stays under it.
"""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from shared.contracts.dossier.corrections import PAPERS, REASONS, Receipt
from shared.contracts.dossier.guardians import FIRST_NAME, LAST_NAME, NAME, OWNER
from shared.contracts.errors import Refusal
from shared.contracts.message import Empty, Method
from shared.contracts.values import NONE, Day, Id, Moment, Section, list_length, maybe_text, one_of

DOUBLES_SHOWN, JOINS_SHOWN = 50, 50
"""Most pairs that could be one child in an answer, and most joins."""
MOST_FILES = 4
"""Most files of one child that are read as one."""

SAME_BIRTH, NEAR_BIRTH, SAME_FIRST, NEAR_FIRST, SAME_LAST, NEAR_LAST, SAME_HOME, SAME_ADULT = (
    "same_birth",
    "near_birth",
    "same_first_name",
    "near_first_name",
    "same_last_name",
    "near_last_name",
    "same_home",
    "same_adult",
)
ALIKE = (
    SAME_BIRTH,
    NEAR_BIRTH,
    SAME_FIRST,
    NEAR_FIRST,
    SAME_LAST,
    NEAR_LAST,
    SAME_HOME,
    SAME_ADULT,
)
"""Likenesses of two files."""

SAME_FILE, JOINED_ALREADY, HELD, WAITS, INVENTED, THREE_HOMES, TOO_MANY, ERASED = (
    "same_file",
    "joined_already",
    "held",
    "correction_waits",
    "invented",
    "three_homes",
    "too_many",
    "erased",
)
OBSTACLES = (
    SAME_FILE,
    JOINED_ALREADY,
    HELD,
    WAITS,
    INVENTED,
    THREE_HOMES,
    TOO_MANY,
    ERASED,
)
"""
Why two files cannot be joined, or taken apart: they are one file; one of them is joined to another;
one is held after a death; a correction of one waits for its day; one is invented for a trial; the
child would live in three homes; it would have more than MOST_FILES; one is erased.
"""

KEPT, OTHER = "kept", "other"
SIDES = (KEPT, OTHER)


class FileOfChild(TypedDict):
    """A file as it is now, with the names of who answers for the child, and of each home."""

    child_id: Id
    first_name: Annotated[str, FIRST_NAME]
    last_name: Annotated[str, LAST_NAME]
    birth_date: Day
    guardians: list[Annotated[str, NAME]]
    homes: list[list[Annotated[str, NAME]]]


class PossibleDouble(TypedDict):
    """Two files that could be one child, and what they have alike."""

    one: FileOfChild
    other: FileOfChild
    alike: list[Annotated[str, one_of(ALIKE)]]


@dataclass(frozen=True)
class PossibleDoublesAnswer:
    """The likeliest DOUBLES_SHOWN; `more` of them there are."""

    doubles: list[PossibleDouble]
    more: bool


possible_doubles = Method(OWNER, "possible_doubles", Empty, PossibleDoublesAnswer)
"""
Files that could be one child, for an agent who joins them.

Twins are never among them, and no child of a protected home for who does not protect (rule R9).
Each child has a line in its read log.
"""


@dataclass(frozen=True)
class TwoFiles:
    kept_id: Id
    other_id: Id


class ComparedSection(TypedDict):
    """A section of both files; a day is null where it was never filled. No content."""

    section: Section
    kept_on: Annotated[Day | None, NONE]
    other_on: Annotated[Day | None, NONE]
    differs: bool


@dataclass(frozen=True)
class CompareFilesAnswer:
    """
    Two files side by side. Where `twins`, they are born on one day and called differently.

    Of the school both are shown; of every other section, since when it is filled, and whether the
    answers differ. `obstacle` is "" where they can be joined.
    """

    kept: FileOfChild
    other: FileOfChild
    kept_school: Annotated[str, maybe_text(250)]
    other_school: Annotated[str, maybe_text(250)]
    sections: Annotated[list[ComparedSection], list_length(0, 20)]
    alike: list[Annotated[str, one_of(ALIKE)]]
    twins: bool
    obstacle: Annotated[str, one_of(("", *OBSTACLES))]


compare_files = Method(OWNER, "compare_files", TwoFiles, CompareFilesAnswer)
"""
Two files for an agent who joins them. Each child has a line in its read log.

Refusals: NotFound, also for a child of a protected home for whom does not protect (rule R9).
"""


note_different = Method(OWNER, "note_different", TwoFiles, Empty, writes=True)
"""
An agent has looked: two children. The pair is proposed no more; it can still be compared.

Refusals: NotFound, CannotJoin for one file said twice.
"""


class SectionTaken(TypedDict):
    """The file of which a section goes on."""

    section: Section
    side: Annotated[str, one_of(SIDES)]


@dataclass(frozen=True, kw_only=True)
class JoinFilesRequest(TwoFiles):
    """
    The dossier of `kept_id` is read for both from today on.

    `taken` says of each section that both filled differently whose answer goes on. What one file
    alone has goes on without a word, and so do all adults to whom the child is not handed over.
    `not_twins` where both are born on one day and called differently.
    """

    taken: Annotated[list[SectionTaken], list_length(0, 20)]
    not_twins: bool = False
    paper: Annotated[str, one_of(PAPERS)]
    paper_date: Day
    reason: Annotated[str, one_of(REASONS)]


@dataclass(frozen=True)
class JoinedAnswer:
    join_id: Id


join_files = Method(OWNER, "join_files", JoinFilesRequest, JoinedAnswer, writes=True)
"""
Two files are one child: guardians and homes of both, one content of each section, both histories.

Each provider with either file receives it under the id that it has; one that has both, that they
are one. Refusals: NotFound, CannotJoin, CouldBeTwins, BadRequest by field: `taken` where a section
that differs is not among them, `paper_date` to come.
"""


class Join(TypedDict):
    """
    Two files that are, or were, read as one child; names as they are in the file that is read.

    `receipts` are of who was sent it: once they are taken apart, of who was sent that.
    """

    join_id: Id
    kept_id: Id
    other_id: Id
    first_name: Annotated[str, FIRST_NAME]
    last_name: Annotated[str, LAST_NAME]
    birth_date: Day
    homes: list[list[Annotated[str, NAME]]]
    joined_at: Moment
    joined_by: Id
    parted_at: Annotated[Moment | None, NONE]
    parted_by: Annotated[Id | None, NONE]
    receipts: list[Receipt]


@dataclass(frozen=True)
class JoinsAnswer:
    joins: list[Join]


list_joins = Method(OWNER, "list_joins", Empty, JoinsAnswer)
"""
The latest JOINS_SHOWN, for an agent who joins; of protected homes to who protects (rule R9).

Each child has a line in its read log.
"""


@dataclass(frozen=True, kw_only=True)
class PartFilesRequest:
    """`later` is the file to which goes what was written since they were joined."""

    join_id: Id
    later: Annotated[str, one_of(SIDES)]
    paper: Annotated[str, one_of(PAPERS)]
    paper_date: Day
    reason: Annotated[str, one_of(REASONS)]


part_files = Method(OWNER, "part_files", PartFilesRequest, JoinedAnswer, writes=True)
"""
Take apart two children after all: each file has again what it had, and `later` what came since.

Refusals: NotFound, also for a join no longer in force, CannotJoin once one is erased,
BadRequest: `paper_date` to come.
"""


class CannotJoin(Refusal):
    """Files that cannot be joined, or taken apart; `why` is one of OBSTACLES."""

    code = "cannot_join"


class CouldBeTwins(Refusal):
    """Children of one birth date and other names: the agent has to say that these are no twins."""

    code = "could_be_twins"
