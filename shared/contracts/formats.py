"""The shapes of values that several contracts share."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields, validate

from shared.contracts import sections

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
What is read at the front desk, in the read log beside the projections: the names that a search
showed, a household that was opened, the address to which a letter went, pages of the family's own
that were seen with it.
"""
ARRIVAL = "arrival"
"""In the read log: what another software had of a child was brought in by operations."""
SECTIONS = tuple(sections.SECTIONS)

_MONTH = validate.Regexp(r"^20\d\d-(0[1-9]|1[0-2])\Z")
_ID = validate.Regexp(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")


def Id(**options: Any) -> fields.String:  # noqa: N802 - reads as a type in a contract
    """Return a field for a UUID as 36 characters of lower-case text."""
    options.setdefault("required", True)
    return fields.String(validate=_ID, **options)


def Code(**options: Any) -> fields.String:  # noqa: N802
    """Return a field for a principal, provider, role or right: `[a-z0-9_]`, 40 at most."""
    options.setdefault("required", True)
    return fields.String(validate=validate.Regexp(r"^[a-z0-9_]{1,40}\Z"), **options)


def Text(most: int, **options: Any) -> fields.String:  # noqa: N802
    """Return a field for required text of 1 to `most` characters."""
    options.setdefault("required", True)
    least = 0 if options.get("load_default") == "" else 1
    return fields.String(validate=validate.Length(least, most), **options)


def Moment(**options: Any) -> fields.AwareDateTime:  # noqa: N802
    """Return a field for an instant: aware, ISO 8601."""
    options.setdefault("required", True)
    return fields.AwareDateTime(format="iso", **options)


def Day(**options: Any) -> fields.Date:  # noqa: N802
    """Return a field for a calendar day, ISO 8601."""
    options.setdefault("required", True)
    return fields.Date(format="iso", **options)


def Version(**options: Any) -> fields.Integer:  # noqa: N802
    """Return a field for a version: counted from 1 (0: nothing stored yet), never restarted."""
    options.setdefault("required", True)
    return fields.Integer(strict=True, validate=validate.Range(0), **options)


def Section(**options: Any) -> fields.String:  # noqa: N802
    """Return a field for a section of the dossier, as a guardian fills it."""
    options.setdefault("required", True)
    return fields.String(validate=validate.OneOf(SECTIONS), **options)


def Projection(**options: Any) -> fields.String:  # noqa: N802
    """Return a field for a projection: what a provider receives, the unit of entitlement."""
    options.setdefault("required", True)
    return fields.String(validate=validate.OneOf(PROJECTIONS), **options)


def PartRead(**options: Any) -> fields.String:  # noqa: N802
    """Return a field for what was read: a projection, a part of the front desk's, an arrival."""
    options.setdefault("required", True)
    return fields.String(
        validate=validate.OneOf((*PROJECTIONS, *AT_FRONT_DESK, ARRIVAL)), **options
    )


def Cents(**options: Any) -> fields.Integer:  # noqa: N802
    """Return a field for an amount of money in integer cents; a float is refused."""
    return Count(**options)


def Count(**options: Any) -> fields.Integer:  # noqa: N802
    """Return a field for a number of things."""
    options.setdefault("required", True)
    return fields.Integer(strict=True, **options)


def OneOf(values: Sequence[str], **options: Any) -> fields.String:  # noqa: N802
    """Return a field for one of these codes."""
    options.setdefault("required", True)
    return fields.String(validate=validate.OneOf(values), **options)


def Several(shape: Any, **options: Any) -> fields.List:  # noqa: N802
    """Return a field for a list of things of one shape: a schema, or fields by name."""
    options.setdefault("required", True)
    return fields.List(fields.Nested(shape), **options)


def Month(**options: Any) -> fields.String:  # noqa: N802
    """Return a field for a calendar month, such as 2026-11."""
    options.setdefault("required", True)
    return fields.String(validate=_MONTH, **options)


def MaybeId() -> fields.String:  # noqa: N802
    """Return a field for an id that may be missing: null."""
    return Id(required=False, load_default=None, allow_none=True)


def MaybeDay() -> fields.Date:  # noqa: N802
    """Return a field for a calendar day that may be missing: null."""
    return Day(required=False, load_default=None, allow_none=True)


def MaybeMoment() -> fields.AwareDateTime:  # noqa: N802
    """Return a field for an instant that may be missing: null."""
    return Moment(required=False, load_default=None, allow_none=True)


def Weekdays(**options: Any) -> fields.List:  # noqa: N802
    """Return a field for days of the week, 1 (Monday) to 7."""
    options.setdefault("required", True)
    day = fields.Integer(strict=True, validate=validate.Range(1, 7))
    return fields.List(day, validate=validate.Length(0, 7), **options)


def Variant() -> fields.String:  # noqa: N802
    """Return a field for how a child comes: "" as usual, or a code such as own_meal."""
    return fields.String(load_default="", validate=validate.Regexp(r"^[a-z0-9_]{0,40}\Z"))


AFTER: dict[str, fields.Field] = {"after": fields.String(load_default="")}
NEXT: dict[str, fields.Field] = {"next": fields.String(required=True)}
"""Of an answer in pages: ask with the last answer's `next`, which is "" on the last."""

PART: dict[str, fields.Field] = {"part": Count(load_default=0, required=False)}
FILE: dict[str, fields.Field] = {
    "name": Text(80),
    "content": fields.String(required=True),
    "parts": Count(load_default=1, required=False),
    "sha256": fields.String(load_default="", required=False, validate=validate.Length(0, 64)),
}
"""
One part of a file by its name, in base64, as a message takes only so much: ask for `parts` of them
by their number from 0. The whole has this `sha256`.
"""
