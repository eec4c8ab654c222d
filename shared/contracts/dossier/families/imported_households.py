"""A household from another software: its guardians, children, sections, links and past years."""

from dataclasses import dataclass, field
from typing import Annotated, TypedDict

from marshmallow import validate

from shared.contracts.dossier.guardians import NAME, OWNER, Address
from shared.contracts.message import Method
from shared.contracts.schema_from_type import Default
from shared.contracts.values import (
    EMPTY,
    NONE,
    Code,
    Content,
    Id,
    Month,
    Section,
    list_length,
    one_of,
    text,
)
from shared.dates.two_home_weeks import MOMENTS


class ImportedGuardian(TypedDict):
    reference: Annotated[str, text(60)]
    name: Annotated[str, NAME]
    email: Annotated[str, EMPTY]


class ImportedYear(TypedDict):
    """An activity of a past year, in times per month (rule R10)."""

    provider: Code
    activity: Code
    label: Annotated[str, text(120)]
    school_year: Annotated[str, text(9)]
    months: dict[Month, Annotated[int, validate.Range(0)]]


class ImportedChild(TypedDict):
    """
    A child of a household from another software.

    `weeks` says in which ISO weeks the child lives in this household, where custody alternates, and
    `changes_on` on which day of the week (1: Monday) it changes hands: `changes_at` the morning or
    the evening, as is usual on that day where null. `course` are past years, taken over as times
    per month, and never counted again.
    """

    reference: Annotated[str, text(60)]
    guardians: list[Annotated[str, text(60)]]
    sections: dict[Section, Content]
    links: Annotated[list[Code], Default(list)]
    weeks: Annotated[str | None, one_of(("even", "odd")), NONE]
    changes_on: Annotated[int, validate.Range(1, 7), Default(5)]
    changes_at: Annotated[str | None, one_of(MOMENTS), NONE]
    course: Annotated[list[ImportedYear], Default(list)]


ImportedGuardians = Annotated[list[ImportedGuardian], list_length(1, 2)]


ImportedChildren = Annotated[list[ImportedChild], list_length(0, 12)]


class ImportedHousehold(TypedDict):
    """A household as another software has it; references are its numbers."""

    reference: Annotated[str, text(60)]
    guardians: ImportedGuardians
    address: Annotated[Address | None, NONE]
    children: ImportedChildren


@dataclass(frozen=True)
class ImportHouseholdRequest:
    """
    An ImportedHousehold.

    `trial_of` names the provider on trial for which all of the household is invented: no other
    provider ever has it.
    """

    reference: Annotated[str, text(60)]
    guardians: ImportedGuardians
    children: ImportedChildren
    address: Address | None = None
    trial_of: Code | None = None


@dataclass(frozen=True)
class ImportHouseholdAnswer:
    """
    Ids by reference.

    `alike` holds, by reference of a new child, known children whom it could be: they are reported,
    and never merged.
    """

    household_id: Id
    guardians: dict[str, str]
    children: dict[str, str]
    alike: dict[str, list[Id]] = field(default_factory=dict)


import_household = Method(
    OWNER, "import_household", ImportHouseholdRequest, ImportHouseholdAnswer, writes=True
)
"""
A household from another software, written and never read back.

Repeating it with the same references changes nothing that a family has entered since.
"""
