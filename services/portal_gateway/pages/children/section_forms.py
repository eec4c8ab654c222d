"""
Forms of the sections that a guardian fills: fields as a browser sends them ⇄ the section's content.

Pure: the form is the section's own (shared/contracts/sections). Blank rows are dropped, so that a
mistake's position is that of the row on the page.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.contracts.sections import SECTIONS
from shared.contracts.sections.section import Field, Kind, Offered, Part, Rows
from shared.web.forms.form_data import Form, Typed, flat_errors, flat_name, flat_values
from shared.web.forms.form_rows import Sent, compact_rows, field_value, iso_day

_YES, _NO = "yes", "no"


def repeatable_rows(section: str) -> dict[str, Rows]:
    """Return the repeatable parts of a section's form by name."""
    return {part.name: part for part in SECTIONS[section].form if isinstance(part, Rows)}


def form_of_stored_content(section: str, content: Mapping[str, object]) -> Form:
    """Return the form of a stored content; one never filled shows its first blank rows."""
    values = flat_values(dict(content))
    for part in SECTIONS[section].form:
        if isinstance(part, Part):
            stored = content.get(part.name)
            values.pop(part.name, None)
            values[part.asked.name] = _YES if stored else _NO if content else ""
            values[part.had] = _YES if stored else ""
    form = Form(values)
    for name, rows in repeatable_rows(section).items():
        for _ in range(len(form.rows(name)), rows.at_first if not content else 0):
            add_row(form, section, name)
    return form


def parse_values(section: str, sent: Sent) -> Typed:
    """Return the values of a form that came in, rows without gaps, blank ones left out."""
    values: Typed = {}
    for part in SECTIONS[section].form:
        match part:
            case Field(name, kind=Kind.CHOICES):
                values[name] = [value.strip() for value in sent.get(name, ())]
            case Field(name):
                values[name] = field_value(sent, name)
            case Rows(name):
                values |= compact_rows(
                    name, [column.name for column in part.columns], part.significant, sent
                )
            case Part():
                names = [part.asked.name, part.had, part.dropped.name]
                names += [flat_name(part.name, field.name) for field in part.fields]
                values |= {name: field_value(sent, name) for name in names}
    return values


def section_content(section: str, values: Typed) -> dict[str, object]:
    """Return the section's content for typed values, not yet checked."""
    made: dict[str, object] = {}
    for part in SECTIONS[section].form:
        match part:
            case Field(name):
                made[name] = _field_content(part, values[name])
            case Rows(name):
                rows = Form(values).rows(name)
                made[name] = [
                    _row_content(part.columns, flat_name(name, at), values) for at in rows
                ]
            case Part(name):
                answered_yes = values[part.asked.name] == _YES
                made[name] = _row_content(part.fields, name, values) if answered_yes else None
    return made


def check_values(
    section: str, values: Typed, offered: Offered
) -> tuple[dict[str, object], dict[str, str]]:
    """Return the content that may be sent, and the sentence for each field that is wrong."""
    checked, errors = SECTIONS[section].check(section_content(section, values), offered)
    sentence_by_field = flat_errors(errors)
    for part in SECTIONS[section].form:
        match part:
            case Field(name, kind=Kind.CHOICES):
                sentence_by_field = _merge_group_mistakes(sentence_by_field, name)
            case Part():
                sentence_by_field |= _mistakes_of_unanswered_fields(part, values)
    return checked, dict(
        sorted(
            sentence_by_field.items(), key=lambda item: _field_position_sort_key(section, item[0])
        )
    )


def add_row(form: Form, section: str, name: str) -> None:
    """Put one blank row at the end, where there is room."""
    rows = repeatable_rows(section)[name]
    at = form.next_row(name)
    if len(form.rows(name)) < rows.most:
        form.values |= {flat_name(flat_name(name, at), column.name): "" for column in rows.columns}


def values_without_row(sent: Sent, row: str) -> dict[str, Sequence[str]]:
    """Return what came in without one row, named as its button names it: `people-1`."""
    return {name: values for name, values in sent.items() if not name.startswith(f"{row}-")}


def _mistakes_of_unanswered_fields(part: Part, values: Typed) -> dict[str, str]:
    """Ask for an answer, and once more before what is there goes away."""
    answer = values[part.asked.name]
    if answer not in (_YES, _NO):
        return {part.asked.name: part.asked_again}
    if values[part.had] == _YES and answer == _NO and values[part.dropped.name] != _YES:
        return {part.dropped.name: part.dropped_again}
    return {}


def _row_content(columns: Sequence[Field], prefix: str, values: Typed) -> dict[str, object]:
    return {
        column.name: _field_content(column, values.get(flat_name(prefix, column.name), ""))
        for column in columns
    }


def _field_content(field: Field, value: Any) -> object:
    if field.kind is Kind.TICK:
        return value == _YES
    return iso_day(value) if field.kind is Kind.DAY else value


def _merge_group_mistakes(sentence_by_field: dict[str, str], name: str) -> dict[str, str]:
    """Give the mistake of one box to its group: the boxes have no line of their own."""
    return {
        (name if field.startswith(f"{name}-") else field): sentence
        for field, sentence in sentence_by_field.items()
    }


def _field_position_sort_key(section: str, field: str) -> tuple[int, int, int]:
    """Order mistakes as the fields stand on the page: by part, row and field of it."""
    heads: list[str] = []
    inner: dict[str, list[str]] = {}
    for part in SECTIONS[section].form:
        match part:
            case Part():
                heads += [part.asked.name, part.dropped.name]
                inner[part.name] = [each.name for each in part.fields]
            case Rows():
                inner[part.name] = [column.name for column in part.columns]
        heads.append(part.name)
    head, *rest = field.split("-")
    names = inner.get(head, [])
    return (
        heads.index(head) if head in heads else len(heads),
        next((int(each) for each in rest if each.isdigit()), 0),
        names.index(rest[-1]) if rest and rest[-1] in names else -1,
    )
