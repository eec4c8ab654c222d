"""A file of commas held against a table schema: what of it is not as the schema says."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any


def faults(content: bytes, schema: Path) -> list[str]:
    """Return each fault of a file, with its row and its field; the header is row 1."""
    fields = {field["name"]: field for field in json.loads(schema.read_text("utf-8"))["fields"]}
    reader = csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""))
    header = list(reader.fieldnames or ())
    found = [f"row 1: {name} is no field" for name in header if name not in fields]
    required = (n for n, f in fields.items() if f.get("constraints", {}).get("required"))
    found += [f"row 1: {name} is missing" for name in required if name not in header]
    for number, row in enumerate(reader, start=2):
        if None in row or None in row.values():
            found.append(f"row {number}: another number of cells")
            continue
        for name in (name for name in header if name in fields):
            found += [
                f"row {number}: {name} {fault}" for fault in _faults_of(row[name], fields[name])
            ]
    return found


def _faults_of(cell: str, field: Mapping[str, Any]) -> Iterator[str]:
    rules = field.get("constraints", {})
    if not cell:
        if rules.get("required"):
            yield "is required"
        return
    if "enum" in rules and cell not in rules["enum"]:
        yield f"is {cell!r}"
    if "pattern" in rules and not re.fullmatch(rules["pattern"], cell):
        yield f"is not as {rules['pattern']}"
    if len(cell) > rules.get("maxLength", len(cell)):
        yield "is too long"
    try:
        if field["type"] == "date":
            datetime.strptime(cell, field["format"])
        elif field["type"] == "number":
            float(cell)
    except ValueError:
        yield f"is no {field['type']}"
