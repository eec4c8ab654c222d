"""
Data of a form macro: the submitted values, and an error message for each mistake.

Values are flat, as a browser sends them: `people-0-name`; a choice of several is a list.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Typed = dict[str, Any]


@dataclass
class Form:
    """A form on its way to the page: fresh, or sent back with what is wrong."""

    values: Typed = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    """Names of fields in the error summary, if the field's own name says too little."""
    spoken: str = ""
    """Language of the sentences where it may not be the page's: contracts speak French."""

    def value(self, name: str) -> str:
        value = self.values.get(name, "")
        return value if isinstance(value, str) else ""

    def chosen(self, name: str, choice: str) -> bool:
        value = self.values.get(name, "")
        return choice in value if isinstance(value, list) else choice == value

    def error(self, name: str) -> str:
        return self.errors.get(name, "")

    def rows(self, name: str) -> list[int]:
        """Return the positions of a repeatable row that the values hold."""
        return sorted(_row_positions(self.values, name))

    def next_row(self, name: str) -> int:
        return max(_row_positions(self.values, name), default=-1) + 1

    @property
    def summary(self) -> list[tuple[str, str]]:
        """Return (field, sentence) for the list at the head of the page."""
        return list(self.errors.items())


def flat_values(content: object, prefix: str = "") -> Typed:
    """Return nested content as flat values; a list of plain values stays one value."""
    return dict(_flat_value_pairs(content, prefix))


def flat_errors(errors: object, prefix: str = "") -> dict[str, str]:
    """Return nested mistakes (as marshmallow words them) as one sentence per flat field."""
    return {
        name: " ".join(dict.fromkeys(words)) for name, words in _flat_error_pairs(errors, prefix)
    }


def flat_name(prefix: str, part: object) -> str:
    """Return the flat name of a part inside `prefix`."""
    return f"{prefix}-{part}" if prefix else str(part)


def _row_positions(values: Mapping[str, object], name: str) -> set[int]:
    parts = (key.split("-") for key in values if key.startswith(f"{name}-"))
    return {int(part[1]) for part in parts if part[1].isdigit()}


def _flat_value_pairs(content: object, prefix: str) -> Iterator[tuple[str, object]]:
    if isinstance(content, dict):
        for key, value in content.items():
            yield from _flat_value_pairs(value, flat_name(prefix, key))
    elif isinstance(content, list) and any(isinstance(each, dict) for each in content):
        for at, value in enumerate(content):
            yield from _flat_value_pairs(value, flat_name(prefix, at))
    elif isinstance(content, list):
        yield prefix, [str(each) for each in content]
    elif isinstance(content, bool):
        yield prefix, "yes" if content else ""
    else:
        yield prefix, "" if content is None else str(content)


def _flat_error_pairs(errors: object, prefix: str) -> Iterator[tuple[str, list[str]]]:
    if isinstance(errors, dict):
        for key, value in errors.items():
            inner = prefix if key == "_schema" else flat_name(prefix, key)
            yield from _flat_error_pairs(value, inner)
    elif isinstance(errors, list):
        yield prefix, [str(item) for item in errors]
