"""
Schools and classes of a provider with the regime `school`: imported, and as it publishes them.
"""

from dataclasses import dataclass, field
from typing import Annotated, TypedDict

from marshmallow import validate

from shared.contracts.dossier.school_decisions import MOST_FORMER_NAMES
from shared.contracts.message import Event, Method
from shared.contracts.schema_from_type import Default
from shared.contracts.values import (
    EMPTY,
    NONE,
    Id,
    PageAnswer,
    PageRequest,
    Version,
    list_length,
    maybe_text,
    one_of,
    text,
)

OWNER = "enrolment"

LEVELS = ("TPS", "PS", "MS", "GS", "CP", "CE1", "CE2", "CM1", "CM2")
"""Levels from the youngest."""
SCHOOLS_AT_ONCE, CLASSES_OF_SCHOOL = 20, 60
MOST_MOTIVES = 40
PAGE = 200

MAYOR, PRESIDENT = "mayor", "president"
WHO_SIGNS = (
    MAYOR,  # for the commune (L131-5, L212-7)
    PRESIDENT,  # of the body of communes that has the competence
)

Level = Annotated[str, validate.OneOf(LEVELS)]
SchoolYear = Annotated[str, validate.Regexp(r"^20\d\d-20\d\d\Z")]


class ImportedClass(TypedDict):
    """A class of the school year; `places` null: nobody has said how many."""

    name: Annotated[str, text(60)]
    teacher: Annotated[str, maybe_text(80), EMPTY]
    places: Annotated[int | None, validate.Range(1, 99), NONE]
    levels: Annotated[list[Level], list_length(1, len(LEVELS))]


class ImportedSchool(TypedDict):
    """A school, known by its number in the State's register (`uai`, or "") and by its name."""

    name: Annotated[str, text(120)]
    uai: Annotated[str, maybe_text(8), EMPTY]
    street: Annotated[str, maybe_text(200), EMPTY]
    postcode: Annotated[str, maybe_text(5), EMPTY]
    insee: Annotated[str, maybe_text(5), EMPTY]
    commune: Annotated[str, maybe_text(120), EMPTY]
    levels: Annotated[list[Level], list_length(1, len(LEVELS))]
    classes: Annotated[list[ImportedClass], list_length(0, CLASSES_OF_SCHOOL)]


class ImportedMotive(TypedDict):
    """A motive of the deliberation for a school of another area, with its points."""

    code: Annotated[str, text(40)]
    label: Annotated[str, text(120)]
    points: Annotated[int, validate.Range(0, 999)]


class ImportedSignature(TypedDict):
    """Signer of certificates and letters, and the court at which a refusal is contested."""

    acts_as: Annotated[str, one_of(WHO_SIGNS)]
    quality: Annotated[str, text(120)]
    signer: Annotated[str, text(120)]
    delegation: Annotated[str, maybe_text(200)]
    place: Annotated[str, maybe_text(80)]
    deliberation: Annotated[str, maybe_text(200)]
    address: Annotated[str, maybe_text(200)]
    court: Annotated[str, maybe_text(200)]


@dataclass(frozen=True, kw_only=True)
class ImportSchoolsRequest:
    """`motives` and `signature` are taken where the provider has not written its own."""

    school_year: SchoolYear
    schools: Annotated[list[ImportedSchool], list_length(1, SCHOOLS_AT_ONCE)]
    motives: Annotated[list[ImportedMotive], list_length(0, MOST_MOTIVES)] = field(
        default_factory=list
    )
    signature: ImportedSignature | None = None


@dataclass(frozen=True)
class ImportSchoolsAnswer:
    """Numbers of schools and classes that were not known yet."""

    schools: int
    classes: int


import_schools = Method(
    OWNER, "import_schools", ImportSchoolsRequest, ImportSchoolsAnswer, writes=True
)
"""
Schools and classes from another software.

Repeating it adds nothing, and what the provider has written itself stays. Refusals: BadRequest for
a number whose letter does not fit.
"""


class PublishedClass(TypedDict):
    """A class of a school year; who teaches there is not published."""

    school_year: SchoolYear
    name: Annotated[str, text(60)]
    levels: Annotated[list[Level], list_length(1, len(LEVELS))]


_FormerNames = Annotated[
    list[Annotated[str, text(120)]], list_length(0, MOST_FORMER_NAMES), Default(list)
]
"""What a school was called, the latest first: lists and files may still say so."""


class PublishedSchool(TypedDict):
    """
    A school as anybody may read it, with the classes of its last two school years.

    `settled` is false while the dossiers of its pupils are being told another name.
    """

    name: Annotated[str, text(120)]
    former_names: _FormerNames
    settled: Annotated[bool, Default(True)]
    commune: Annotated[str, maybe_text(120)]
    levels: Annotated[list[Level], list_length(1, len(LEVELS))]
    classes: Annotated[list[PublishedClass], list_length(0, 2 * CLASSES_OF_SCHOOL)]


@dataclass(frozen=True)
class SchoolPublished:
    school_id: Id
    version: Version
    content: PublishedSchool


school_published = Event(OWNER, "school_published", SchoolPublished)
"""The whole of one school, when it changed. No person in it."""


class PublishedMotive(TypedDict):
    """A motive of the deliberation for a school of another area, without its points."""

    code: Annotated[str, text(40)]
    label: Annotated[str, text(120)]


@dataclass(frozen=True)
class WaiverMotivesPublished:
    version: Version
    motives: Annotated[list[PublishedMotive], list_length(0, MOST_MOTIVES)]


WAIVER_MOTIVES = "waiver_motives"
"""Key of the one state of a provider."""
waiver_motives_published = Event(OWNER, "waiver_motives_published", WaiverMotivesPublished)
"""All motives for which a family may ask for a school of another area, when they changed."""


class NamedSchool(TypedDict):
    school_id: Id
    name: Annotated[str, text(120)]
    former_names: _FormerNames


@dataclass(frozen=True)
class SchoolNamesAnswer(PageAnswer):
    schools: Annotated[list[NamedSchool], list_length(0, PAGE)]


school_names = Method(OWNER, "school_names", PageRequest, SchoolNamesAnswer)
"""The names of the provider's schools, for who brings children in from another software."""
