"""
Schemas derived from types: the marshmallow schema of a message that is written as a dataclass.

A message is a frozen dataclass; a row inside of it is a `TypedDict`, because rows are also kept as
JSON, on cards and in snapshots (decision 0060). A field without a default is required. Formats are
annotations: validators of marshmallow, and `Default` for a row, which has no default of its own. A
validator of a row checks it across its fields, and may name the field in its ValidationError.
"""

import dataclasses
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass
from datetime import date, datetime
from functools import partial
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NotRequired, Required, Union, get_args, get_origin

from marshmallow import Schema, fields, validates_schema

Unknown = Literal["exclude", "raise"]
Options = dict[str, Any]
Validator = Callable[[Any], Any]

_SCALARS: dict[object, Callable[..., fields.Field]] = {
    str: fields.String,
    int: partial(fields.Integer, strict=True),
    bool: fields.Boolean,
    float: fields.Float,
    date: partial(fields.Date, format="iso"),
    datetime: partial(fields.AwareDateTime, format="iso"),
}


@dataclass(frozen=True)
class Default:
    """The value of a row's field that the sender left out; a callable makes it anew."""

    value: Any


def schema_of(message: type, unknown: Unknown, checks: Sequence[Validator] = ()) -> Schema:
    """
    Return the schema of a dataclass or `TypedDict`; `unknown` fields are refused or dropped.

    Raises TypeError where a field has a type that says too little to be checked.
    `checks` are validators across its fields, once each field is valid.
    """
    hints = typing.get_type_hints(message, include_extras=True)
    given = _default_of_each_field(message)
    made = {
        name: _field_of_hint(hint, given.get(name, {}), unknown) for name, hint in hints.items()
    }
    schema = Schema.from_dict(made, name=message.__name__)
    if checks:
        schema = type(message.__name__, (schema,), {"check": _make_row_validator(checks)})
    return schema(unknown=unknown)


def is_row_type(hint: object) -> bool:
    """Return whether a type is one of fields by name: a dataclass or a `TypedDict`."""
    return dataclasses.is_dataclass(hint) or typing.is_typeddict(hint)


def _make_row_validator(checks: Sequence[Validator]) -> Callable[..., None]:
    """Return validators as a schema calls them."""

    @validates_schema
    def check_row(_schema: Schema, row: Mapping[str, Any], **_: Any) -> None:
        for validator in checks:
            validator(row)

    return check_row


def _default_of_each_field(message: type) -> Mapping[str, Options]:
    """Return what each field of a dataclass that has a default is loaded as without a value."""
    if not dataclasses.is_dataclass(message):
        return {}
    given = {}
    for each in dataclasses.fields(message):
        default = each.default if each.default_factory is MISSING else each.default_factory
        if default is not MISSING:
            given[each.name] = {"load_default": default}
    return given


def _field_of_hint(hint: object, options: Options, unknown: Unknown) -> fields.Field:
    """Return the field of a type; `options` are those of marshmallow that are known already."""
    validators: list[object] = []
    optional = False
    while get_origin(hint) in (Annotated, NotRequired, Required, Union, UnionType):
        match get_origin(hint):
            case origin if origin in (NotRequired, Required):
                (hint,) = get_args(hint)
                options = {"required": origin is Required} | options
            case origin if origin in (Union, UnionType):
                hint, optional = _without_none(hint), True
            case _:
                hint, *notes = get_args(hint)
                given = [note.value for note in notes if isinstance(note, Default)]
                options = {"load_default": given[-1]} | options if given else options
                validators += [note for note in notes if callable(note)]
    if "load_default" not in options:
        options = {"required": True} | options
    if optional:
        options = {"allow_none": True} | options
    if validators:
        options = {"validate": validators} | options
    return _field_of_bare_type(hint, options, unknown)


def _field_of_bare_type(hint: Any, options: Options, unknown: Unknown) -> fields.Field:
    if hint is Any:
        return fields.Raw(**options | {"allow_none": True})
    match get_origin(hint):
        case origin if origin is list:
            (item,) = get_args(hint)
            return fields.List(_field_of_hint(item, {}, unknown), **options)
        case origin if origin is dict:
            key, value = get_args(hint)
            values = None if value is Any else _field_of_hint(value, {}, unknown)
            keys = None if key is str else _field_of_hint(key, {}, unknown)
            return fields.Dict(keys, values, **options)
        case origin if origin is tuple:
            return fields.Tuple(
                [_field_of_hint(item, {}, unknown) for item in get_args(hint)], **options
            )
    if is_row_type(hint):
        checks = options.pop("validate", ())
        return fields.Nested(schema_of(hint, unknown, checks), **options)
    if hint not in _SCALARS:
        raise TypeError(f"a message holds no {hint}")
    return _SCALARS[hint](**options)


def _without_none(hint: object) -> object:
    """Return the one type of `X | None`; raises TypeError for any other choice of types."""
    arms = [arm for arm in get_args(hint) if arm is not NoneType]
    if len(arms) != 1:
        raise TypeError(f"a field has one type or none: {hint}")
    return arms[0]
