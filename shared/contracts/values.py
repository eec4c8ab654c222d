"""Types of the values that messages hold: a Python type with the validators of its format."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from marshmallow import validate

from shared.contracts import sections
from shared.contracts.schema_from_type import Default
from shared.json_values import JsonObject

SECTIONS = tuple(sections.SECTIONS)
PROJECTIONS = tuple(sections.PROJECTIONS)
AT_FRONT_DESK = (
    "names",
    "household",
    "address",
    "seen_home",
    "seen_week",
    "seen_children",
    "seen_activities",
    "seen_bills",
    "seen_address",
    "seen_news",
)
"""
Parts read at the front desk, in the read log beside the projections: the names that a search
showed, a household that was opened, the address to which a letter went, pages of the family's own
that were seen with it.
"""
ACCOUNT = "account"
"""Entry in the read log: a list of payers with a household of the child left a régie as a file."""
ARRIVAL = "arrival"
"""Entry in the read log: what another software had of a child was brought in by operations."""

Id = Annotated[
    str, validate.Regexp(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
]
"""A UUID as 36 characters of lower-case text."""
Code = Annotated[str, validate.Regexp(r"^[a-z0-9_]{1,40}\Z")]
"""A principal, provider, role or right."""
Place = Annotated[str, validate.Regexp(r"^[0-9a-f]{0,64}\Z")]
"""A digest, with the caller's key, of where a browser is; "" where none is named."""
Variant = Annotated[str, validate.Regexp(r"^[a-z0-9_]{0,40}\Z")]
"""Attendance mode of a child: "" as usual, or a code such as own_meal."""
EMAIL_SHAPE = r"[^\s@<>,;]{1,64}@[^\s@<>,;]{1,180}\.[^\s@<>,;]{2,}"
"""Form of an address as forms take it; whether anybody reads there, a letter finds out."""
Email = Annotated[str, validate.Regexp(rf"^(?=.{{1,254}}\Z){EMAIL_SHAPE}\Z")]
Month = Annotated[str, validate.Regexp(r"^20\d\d-(0[1-9]|1[0-2])\Z")]
"""A calendar month, such as 2026-11."""
Version = Annotated[int, validate.Range(0)]
"""Version of a row, counted from 1 (0: nothing stored yet), never restarted."""
Cents = int
"""An amount of money in integer cents; a float is refused."""
Count = int
Day = date
Moment = datetime
"""An instant, aware."""
Weekdays = Annotated[list[Annotated[int, validate.Range(1, 7)]], validate.Length(0, 7)]
"""Days of the week, 1 (Monday) to 7."""
Section = Annotated[str, validate.OneOf(SECTIONS)]
Projection = Annotated[str, validate.OneOf(PROJECTIONS)]
"""Projection: what a provider receives, the unit of entitlement."""
ListedPart = Annotated[str, validate.OneOf((*PROJECTIONS, ACCOUNT))]
"""Contents of a list that left as a file: a projection, or the household's bills."""
PartRead = Annotated[str, validate.OneOf((*PROJECTIONS, *AT_FRONT_DESK, ARRIVAL))]
"""Kind of data that was read: a projection, a part of the front desk's, a family's import."""
Content = JsonObject
"""JSON that its own schema validates elsewhere: a section, a tariff."""

EMPTY = Default("")
"""The field of a row that may be left out: empty text."""
NONE = Default(None)
"""The field of a row that may be left out: null."""


def text(most: int) -> validate.Length:
    """Return the validator of text of 1 to `most` characters."""
    return validate.Length(1, most)


def maybe_text(most: int) -> validate.Length:
    """Return the validator of text of up to `most` characters, "" included."""
    return validate.Length(0, most)


def one_of(values: Sequence[str]) -> validate.OneOf:
    """Return the validator of a code that is one of these."""
    return validate.OneOf(values)


def list_length(least: int, most: int) -> validate.Length:
    """Return the validator of a list of `least` to `most` items."""
    return validate.Length(least, most)


@dataclass(frozen=True)
class OfChild:
    """A request about a child, and nothing more."""

    child_id: Id


@dataclass(frozen=True)
class OfHousehold:
    """A request about a household, and nothing more."""

    household_id: Id


@dataclass(frozen=True, kw_only=True)
class PageRequest:
    """A request for a page of an answer: `after` is the `next` of the page before, "" at first."""

    after: str = ""


@dataclass(frozen=True, kw_only=True)
class PageAnswer:
    """A page of an answer: `next` asks for the following page, and is "" on the last."""

    next: str


@dataclass(frozen=True, kw_only=True)
class PartRequest:
    """A request for one part of a file, by its number from 0."""

    part: int = 0


@dataclass(frozen=True)
class FilePart:
    """
    One of the `parts` of a file by its name, in base64, as a message takes only so much.

    The whole has this `sha256`.
    """

    name: Annotated[str, text(80)]
    content: str
    parts: int = 1
    sha256: Annotated[str, maybe_text(64)] = ""
