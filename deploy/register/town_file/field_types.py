"""Fields of a town file: marshmallow's own, with reasons in the words of a message."""

from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from typing import Any

from marshmallow import ValidationError, fields, missing, validate


def format_validator(pattern: str, meaning: str) -> validate.Regexp:
    """Return the validator of a format, with its description in messages."""
    return validate.Regexp(rf"({pattern})\Z", error=f"must be {meaning}")


ANY_TEXT = "text on one line, in quotes where YAML takes it for something else"
ANY = format_validator(r"\S.*", ANY_TEXT)


class Known(validate.OneOf):
    """The validator of a value that is one of the choices; `what` says of what kind."""

    def __init__(self, what: str, choices: Iterable[str]) -> None:
        super().__init__(tuple(choices))
        self.what = what

    def _format_error(self, value: Any) -> str:
        return unknown_message(self.what, value, self.choices)


def unknown_message(what: str, value: str, choices: Iterable[str]) -> str:
    known = sorted(choices)
    close = get_close_matches(value, known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"
    return f"unknown {what} {value!r}; {hint}"


class Key(fields.Field):
    """
    A key of a block, required unless it says otherwise; an optional one may be empty.

    `expected` describes its value; `neutral` replaces one that was refused, so that rules are
    applied to the rest.
    """

    expected = ANY_TEXT
    neutral: object = ""

    def __init__(self, *args: object, required: bool = True, **options: Any) -> None:
        invalid = f"must be {self.expected}"
        messages = {"required": "is missing", "null": "is empty", "invalid": invalid}
        options = {"allow_none": not required, "error_messages": messages, **options}
        super().__init__(*args, required=required, **options)

    def deserialize(self, value: object, *args: Any, **options: Any) -> object:
        left_out = value is None and self.allow_none
        return super().deserialize(missing if left_out else value, *args, **options)


class Text(Key, fields.String):
    def __init__(self, validate: validate.Validator = ANY, **options: Any) -> None:
        super().__init__(validate=validate, **options)


class Number(Text):
    neutral = 0

    def __init__(self, validate: validate.Validator, **options: object) -> None:
        super().__init__(validate, post_load=int, **options)


class Flag(Key, fields.Boolean):
    expected = "true or false"
    neutral = False

    def __init__(self, **options: Any) -> None:
        super().__init__(truthy=[True, "true"], falsy=[False, "false"], **options)


class Day(Key, fields.Date):
    expected = "a date such as 2026-01-31"
    neutral = date.max


class Several(Key, fields.Field):
    """A list of words, each at most once, and one of the choices where there are any."""

    expected = "a list"
    neutral = ()

    def __init__(
        self, what: str, choices: Iterable[str] = (), *, may_be_empty: bool = False, **options: Any
    ) -> None:
        super().__init__(**options)
        self.what = what
        self.choices = tuple(choices)
        self.may_be_empty = may_be_empty or not self.required

    def _deserialize(self, value: object, *_: object, **__: object) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        if not value and not self.may_be_empty:
            raise ValidationError("is an empty list")
        errors: dict[int, list[str]] = {}
        for at, word in enumerate(value):
            if not isinstance(word, str):
                errors[at] = ["must be a list of words"]
            elif self.choices and word not in self.choices:
                errors[at] = [unknown_message(self.what, word, self.choices)]
            elif word in value[:at]:
                errors[at] = [f"{self.what} {word} is written twice"]
        words = [word for at, word in enumerate(value) if at not in errors]
        if errors:
            raise ValidationError(errors, valid_data=words)
        return tuple(words)
