"""
Corrections at the front desk: a child's name and birth, its school, who has parental authority,
and whose weeks are whose.

Each is made from a paper seen, for a reason, from a day on; what was written before stays in the
history, and each provider that holds it acknowledges the correction (GDPR, articles 16 and 19).
"""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from shared.contracts.dossier.data_protection.person_requests import ANSWER, OUTCOMES, TEXT
from shared.contracts.dossier.guardians import FIRST_NAME, LAST_NAME, NAME, OWNER
from shared.contracts.dossier.two_home_weeks import ChildWeeks
from shared.contracts.errors import Refusal
from shared.contracts.message import Empty, Method
from shared.contracts.values import (
    NONE,
    Code,
    Day,
    Id,
    Moment,
    OfChild,
    Version,
    maybe_text,
    one_of,
    text,
)

IDENTITY, SCHOOLING, AUTHORITY, WEEKS = "identity", "schooling", "authority", "weeks"
GUARDIAN_NAME, GUARDIAN_COMES, GUARDIAN_LEAVES, GUARDIAN_DIED = (
    "guardian_name",
    "guardian_comes",
    "guardian_leaves",
    "guardian_died",
)
OF_GUARDIANS = (GUARDIAN_NAME, GUARDIAN_COMES, GUARDIAN_LEAVES, GUARDIAN_DIED)
"""Changes of an adult, of whom each child has a correction (household_adults.py)."""
JOINED, PARTED = "joined", "parted"
"""Two files came to be read as one child, or no longer (duplicate_children.py)."""
SUBJECTS = (IDENTITY, SCHOOLING, AUTHORITY, *OF_GUARDIANS, WEEKS, JOINED, PARTED)
SECONDED = (AUTHORITY, GUARDIAN_COMES, GUARDIAN_LEAVES, GUARDIAN_DIED)
"""Changes that open or close a child's file to somebody: a second agent sees the paper too."""

PAPERS = (
    "family_book",
    "birth_certificate",
    "identity_card",
    "judgment",
    "school_list",
    "school_certificate",
    "guardian_statement",
    "marriage_certificate",
    "death_certificate",
)
"""Kinds of papers; the paper itself is not copied."""
MISTAKE, CHANGE, RULING = "mistake", "change", "ruling"
REASONS = (MISTAKE, CHANGE, RULING)
"""Reasons of a correction: it was written wrongly, has become another, or a court decided it."""

CORRECTIONS_SHOWN, WAITING_SHOWN = 60, 30
"""Most corrections of one child in an answer, and most of each list that waits for an agent."""


@dataclass(frozen=True, kw_only=True)
class FromPaper:
    """The paper behind a correction: which was seen, why, and from which day it holds."""

    paper: Annotated[str, one_of(PAPERS)]
    paper_date: Day
    reason: Annotated[str, one_of(REASONS)]
    holds_from: Day


@dataclass(frozen=True, kw_only=True)
class CorrectionOf(FromPaper):
    """The child that is corrected, and the paper behind it."""

    child_id: Id


class ChangedField(TypedDict):
    """
    A field of a correction, empty where it was or became nothing; a day as ISO text.

    Of weeks, a home is named by who lives there, and the day of changing hands is "5 evening".
    """

    field: Annotated[str, text(20)]
    before: Annotated[str, maybe_text(120)]
    after: Annotated[str, maybe_text(120)]


class Receipt(TypedDict):
    """A provider that was sent the correction; `received` once its replica holds it."""

    provider: Code
    received: bool


class Correction(TypedDict):
    """
    One correction. `changes` are gone with the section's retention; `guardian` is the adult whom it
    is about.

    `applied_at` is null while its day has not come, `withdrawn_at` set where it never will.
    `recorded_by` and `seconded_by` are agents; `decided_by` is the provider that decided it of
    itself, null for a correction of the front desk.
    """

    correction_id: Id
    subject: Annotated[str, one_of(SUBJECTS)]
    guardian: Annotated[str, maybe_text(120)]
    changes: list[ChangedField]
    paper: Annotated[str, one_of(PAPERS)]
    paper_date: Day
    reason: Annotated[str, one_of(REASONS)]
    holds_from: Day
    decided_by: Annotated[Code | None, NONE]
    recorded_by: Id
    recorded_at: Moment
    applied_at: Annotated[Moment | None, NONE]
    withdrawn_at: Annotated[Moment | None, NONE]
    seconded_by: Annotated[Id | None, NONE]
    receipts: list[Receipt]


class GuardianInAuthority(TypedDict):
    """A guardian of the child; `authority` is parental authority on this day."""

    id: Id
    name: Annotated[str, NAME]
    authority: bool


class HomeOfChild(TypedDict):
    """A home of the child, with the names of who lives there."""

    household_id: Id
    names: list[Annotated[str, NAME]]


@dataclass(frozen=True)
class OpenForCorrectionAnswer:
    """
    A child as it is now, with the versions that a correction names, and what was corrected.

    `weeks` are null where nobody has said whose days are whose. `other_homes` are those of who has
    authority over it, in which it does not live.
    """

    first_name: Annotated[str, FIRST_NAME]
    last_name: Annotated[str, LAST_NAME]
    birth_date: Day
    identity_version: Version
    school: Annotated[str, maybe_text(120)]
    grade: Annotated[str, maybe_text(40)]
    class_name: Annotated[str, maybe_text(60)]
    schooling_version: Version
    guardians: list[GuardianInAuthority]
    homes: list[HomeOfChild]
    other_homes: list[HomeOfChild]
    weeks: ChildWeeks | None
    corrections: list[Correction]


open_for_correction = Method(OWNER, "open_for_correction", OfChild, OpenForCorrectionAnswer)
"""
One child for an agent who corrects, the latest CORRECTIONS_SHOWN corrections first.

A line is left in the read log. Refusals: NotFound, also for a child of a protected home for whom
does not protect (rule R9), and for a file that is held.
"""


@dataclass(frozen=True)
class CorrectedAnswer:
    correction_id: Id


@dataclass(frozen=True, kw_only=True)
class CorrectIdentityRequest(CorrectionOf):
    base_version: Version
    first_name: Annotated[str, FIRST_NAME]
    last_name: Annotated[str, LAST_NAME]
    birth_date: Day


correct_identity = Method(
    OWNER, "correct_identity", CorrectIdentityRequest, CorrectedAnswer, writes=True
)
"""
The child's name and birth date, as the paper has them.

Refusals: NotFound, Outdated, NothingCorrected, AnotherWaits, BadRequest (a birth to come, more than
25 years ago, or after the day from which it holds).
"""


@dataclass(frozen=True, kw_only=True)
class CorrectSchoolingRequest(CorrectionOf):
    base_version: Version
    school: Annotated[str, text(120)]
    grade: Annotated[str, text(40)]
    class_name: Annotated[str, maybe_text(60)] = ""


correct_schooling = Method(
    OWNER, "correct_schooling", CorrectSchoolingRequest, CorrectedAnswer, writes=True
)
"""The child's school and class. Refusals: NotFound, Outdated, NothingCorrected, AnotherWaits."""


@dataclass(frozen=True, kw_only=True)
class CorrectAuthorityRequest(CorrectionOf):
    guardian_id: Id
    authority: bool


correct_authority = Method(
    OWNER, "correct_authority", CorrectAuthorityRequest, CorrectedAnswer, writes=True
)
"""
A guardian of the child has parental authority from a day on, or no longer; a second agent reads it.

Refusals: NotFound, NothingCorrected, NobodyLeft where no guardian with authority would be left.
"""


@dataclass(frozen=True, kw_only=True)
class CorrectWeeksRequest(CorrectionOf):
    weeks: ChildWeeks


correct_weeks = Method(OWNER, "correct_weeks", CorrectWeeksRequest, CorrectedAnswer, writes=True)
"""
Correct the homes of a child from a day on, and whose days are whose: one home with all of them, or
two. Who has authority over it stays as it is.

Refusals: NotFound, NothingCorrected, AnotherWaits, BadRequest: `weeks` of a home that is neither
its own nor of who has authority over it, or of one alone in which nobody answers for it.
"""


@dataclass(frozen=True)
class OfCorrection:
    correction_id: Id


second_correction = Method(OWNER, "second_correction", OfCorrection, Empty, writes=True)
"""
A second agent has seen the paper of a correction of authority, or of who answers for a child.

Refusals: NotFound, BadRequest for the agent who entered it.
"""

withdraw_correction = Method(OWNER, "withdraw_correction", OfCorrection, Empty, writes=True)
"""A correction whose day has not come is taken back. Refusals: NotFound, also once it is done."""


class CorrectionToSecond(TypedDict):
    correction_id: Id
    household_id: Id
    child_id: Id
    first_name: Annotated[str, FIRST_NAME]
    last_name: Annotated[str, LAST_NAME]
    recorded_by: Id
    recorded_at: Moment


class CorrectionAsked(TypedDict):
    """A request of a guardian to correct a child's data, still open."""

    person_request_id: Id
    household_id: Id
    child_id: Id
    first_name: Annotated[str, FIRST_NAME]
    last_name: Annotated[str, LAST_NAME]
    text: Annotated[str, maybe_text(TEXT)]
    received_on: Day
    due_on: Day


@dataclass(frozen=True)
class CorrectionsWaitingAnswer:
    """Corrections waiting for an agent: `asked` by families, `to_second` entered by one alone."""

    asked: list[CorrectionAsked]
    to_second: list[CorrectionToSecond]


corrections_waiting = Method(OWNER, "corrections_waiting", Empty, CorrectionsWaitingAnswer)
"""
Return what waits for an agent who corrects, the oldest WAITING_SHOWN of each.

Children of protected homes stand there for who protects alone (rule R9). Each child named has a
line in its read log.
"""


@dataclass(frozen=True, kw_only=True)
class AnswerCorrectionRequest:
    person_request_id: Id
    outcome: Annotated[str, one_of(OUTCOMES)]
    text: Annotated[str, text(ANSWER)]


answer_correction = Method(OWNER, "answer_correction", AnswerCorrectionRequest, Empty, writes=True)
"""A family's request to correct is answered, or refused with its reason. Refusals: NotFound."""


class GuardianCorrection(TypedDict):
    """A correction as a guardian reads it: no paper, no agent."""

    subject: Annotated[str, one_of(SUBJECTS)]
    guardian: Annotated[str, maybe_text(120)]
    changes: list[ChangedField]
    holds_from: Day
    decided_by: Annotated[Code | None, NONE]
    applied_at: Annotated[Moment | None, NONE]
    receipts: list[Receipt]


@dataclass(frozen=True)
class CorrectionsOfAnswer:
    corrections: list[GuardianCorrection]


corrections_of = Method(OWNER, "corrections_of", OfChild, CorrectionsOfAnswer)
"""
The corrections of a child as a guardian with authority reads them, the latest first.

Of a child of a protected home the other one is shown what was known before, and of it neither
school nor authority nor receipts (rule R9).
"""


class NothingCorrected(Refusal):
    """The dossier says so already."""

    code = "nothing_corrected"


class AnotherWaits(Refusal):
    """A correction of the same waits for its day: it is taken back first."""

    code = "another_waits"


class NobodyLeft(Refusal):
    """No guardian with parental authority would be left."""

    code = "nobody_left"
