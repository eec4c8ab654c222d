"""
The small file that says how another software's export reads: our field ← its column.

YAML; docs/import.md shows one. What is not in it is not imported.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import yaml
from marshmallow import Schema, ValidationError, fields, validate

from deploy.importing.table_files.table import SEPARATORS, FileRefused, Row, Table
from deploy.instance.yaml_slips import slip_in_words
from shared.contracts.dossier.activity_history_requests import BATCH
from shared.contracts.sections.care.town_diets import USUAL_DIETS, TownDiets
from shared.files import cell_parsing

FAMILIES, HISTORY, BILLS, PAYMENTS = "families", "history", "bills", "payments"
PLACES, QUOTIENTS, MANDATES = "places", "quotients", "mandates"
MOST_COLLECTING = 3
"""Columns for people who may collect a child; more come with the rows of another home."""
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

FIELDS: Mapping[str, Sequence[str]] = {
    FAMILIES: (
        "household", "child", "first_name", "last_name", "birth_date",
        "guardian_1", "guardian_1_number", "phone_1", "guardian_2", "guardian_2_number", "phone_2",
        "contact", "contact_relation", "contact_phone",
        "street", "postcode", "commune", "insee", "lives_since",
        "school", "grade", "class_name", "menu", "without", "allergies", "links", "weeks",
        "changes_on", "changes_at",
        *(
            f"pickup_{number}{part}"
            for number in range(1, MOST_COLLECTING + 1)
            for part in ("", "_relation", "_phone")
        ),
    ),
    HISTORY: ("child", "provider", "provider_label", "activity", "label", "month", "day", "times"),
    BILLS: (
        "number", "household", "provider", "month", "issued_on", "due_on", "total", "balance",
        "state", "label", "child", "quantity", "amount",
    ),
    PAYMENTS: ("reference", "household", "provider", "number", "paid_on", "means", "amount"),
    PLACES: (
        "child", "first_name", "last_name", "birth_date", "provider", "activity", "group", "site",
        "from", "to", "days", *WEEKDAYS, "status", "waits_since",
    ),
    QUOTIENTS: ("household", "adult", "amount", "kind", "from", "to"),
    MANDATES: (
        "household", "adult", "provider", "rum", "holder", "iban", "bic", "signed_on", "used_on",
    ),
}  # fmt: skip
"""Ours, by what is imported."""

REQUIRED: Mapping[str, Sequence[str]] = {
    FAMILIES: ("household", "child", "first_name", "last_name", "birth_date", "guardian_1"),
    HISTORY: ("child", "provider", "activity"),
    BILLS: ("number", "household", "provider", "issued_on", "total", "state"),
    PAYMENTS: ("reference", "household", "provider", "paid_on", "means", "amount"),
    PLACES: ("first_name", "last_name", "birth_date", "provider", "activity", "from"),
    QUOTIENTS: ("household", "adult", "amount", "kind", "from"),
    MANDATES: ("household", "adult", "provider", "rum", "iban", "signed_on"),
}


@dataclass(frozen=True)
class Reading:
    """
    Reading of a file. `source` prefixes each of its numbers: two programs may use the same.

    `values` translate cells by field; `constants` stand where the file has no column. `schools` are
    those of the town with what each was called, to compare names with; none where not known.
    `diets` are those of the town.
    """

    of: str
    source: str
    batch: str
    encoding: str = ""
    separator: str = ""
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    schools: Mapping[str, Sequence[str]] = MappingProxyType({})
    diets: TownDiets = USUAL_DIETS

    def has_field(self, name: str) -> bool:
        """Say whether a field of ours is filled at all."""
        return name in self.columns or name in self.constants

    def text_of_field(self, row: Row, name: str) -> str:
        """
        Return a field's text in a row, "" for none; several columns are one text.

        Raises cells.Unreadable for a cell that the mapping translates, and not into anything, and
        for one of which a spreadsheet has left no more than 1,23E+11.
        """
        if name not in self.columns:
            return self.constants.get(name, "")
        parts = [row.cells[column] for column in self.columns[name]]
        for part in parts:
            cell_parsing.refuse_destroyed(part)
        text = cell_parsing.text(" ".join(parts))
        return self._translate_value(name, text) or self.constants.get(name, "")

    def _translate_value(self, name: str, text: str) -> str:
        known = self.values.get(name)
        if known is None:
            return text
        folded = {key.casefold(): value for key, value in known.items()}
        if text.casefold() in folded:
            return folded[text.casefold()]
        if text and "*" in known:
            return known["*"]
        if text:
            raise cell_parsing.Unreadable("one of the values that the mapping translates")
        return ""

    def columns_in_words(self, name: str) -> str:
        """Return what the file calls a field of ours, "" where it has no column for it."""
        return " + ".join(self.columns.get(name, ()))

    def named_columns(self) -> set[str]:
        """Return the columns that the mapping names."""
        return {column for columns in self.columns.values() for column in columns}

    def missing_columns(self, table: Table) -> list[str]:
        """Return the columns that the mapping names and the file has not."""
        return sorted(self.named_columns() - set(table.columns))


class _Column(fields.Field):
    """One column, or several whose texts are joined."""

    def _deserialize(self, value: Any, *_: object, **__: object) -> list[str]:
        columns = value if isinstance(value, list) else [value]
        if not columns or not all(isinstance(each, str) and each for each in columns):
            raise ValidationError("the name of a column, or a list of names")
        return [" ".join(each.split()) for each in columns]


class _Word(fields.Field):
    """A value as YAML reads it: 2 and true are texts here."""

    def _deserialize(self, value: object, *_: object, **__: object) -> str:
        if isinstance(value, bool):
            return "oui" if value else "non"
        return "" if value is None else str(value)


_BATCH_OR_NONE = validate.Regexp(r"^\Z|" + str(BATCH.regex.pattern))


class _File(Schema):
    of = fields.String(required=True, validate=validate.OneOf(tuple(FIELDS)))
    source = fields.String(required=True, validate=validate.Regexp(r"^[a-z0-9_-]{1,20}\Z"))
    batch = fields.String(load_default="", validate=_BATCH_OR_NONE)
    encoding = fields.String(load_default="")
    separator = fields.String(load_default="", validate=validate.OneOf(("", *SEPARATORS)))
    columns = fields.Dict(keys=fields.String(), values=_Column(), required=True)
    values = fields.Dict(
        keys=fields.String(), values=fields.Dict(keys=_Word(), values=_Word()), load_default=dict
    )
    constants = fields.Dict(keys=fields.String(), values=_Word(), load_default=dict)


def read_mapping(text: str, batch: str = "") -> Reading:
    """Return how a file is read; raises FileRefused naming what is wrong with the mapping."""
    try:
        content = _File().load(yaml.safe_load(text) or {})
    except yaml.MarkedYAMLError as error:
        line, reason = slip_in_words(error)
        raise FileRefused(f"the mapping, line {line}: {reason}") from None
    except yaml.YAMLError:
        raise FileRefused("the mapping is not YAML: it holds a control character") from None
    except ValidationError as error:
        raise FileRefused(f"the mapping: {error.normalized_messages()}") from None
    reading = Reading(**{**content, "batch": batch or content["batch"] or content["source"]})
    _refuse_wrong_fields(reading)
    return reading


def _refuse_wrong_fields(reading: Reading) -> None:
    known = FIELDS[reading.of]
    named = [*reading.columns, *reading.values, *reading.constants]
    strange = sorted({each for each in named if each not in known})
    if strange:
        raise FileRefused(f"the mapping: {reading.of} have no field {', '.join(strange)}")
    lacking = [each for each in REQUIRED[reading.of] if not reading.has_field(each)]
    if lacking:
        raise FileRefused(f"the mapping: {', '.join(lacking)} must have a column or a constant")
