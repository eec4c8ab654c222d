"""
Lays out documents by typst, tagged and as PDF/UA-1, with one kept compiler per template.

The compiler releases the GIL, so that `run_in_native_thread` keeps the event loop alive. It serves
one thread at a time, and reads its templates and the fonts it embeds, and nothing else of the
machine: the same data give the same bytes.
"""

import re
import threading
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from shared.json_values import as_json

HOUSE = Path(__file__).parents[2]
"""Templates import what they share from here: "/shared/documents/page.typ"."""

STANDARDS = ["ua-1"]

_UNKNOWN = re.compile(
    r"[^ -~\u00a0-\u024f\u0300-\u036f\u0370-\u04ff\u1e00-\u1fff\u2010-\u203a\u20ac\u2212]"
)
"""Characters that some embedded font may lack, outside European letters and typography."""

_BLANK = Path(__file__).parent / "blank.typ"
_REMEMBERED_FOR = 11

_turn = threading.BoundedSemaphore()


class NotLaidOut(Exception):
    """typst refused a document; the message names the template alone."""


def lay_out_pdf(template: Path, data: Mapping[str, object], at: datetime) -> bytes:
    """
    Return the PDF of a template with its data; `at` is its date. Raises NotLaidOut.

    PDF/UA refuses a character that no font can show: in a name that holds one it becomes "?".
    """
    try:
        return _compile_template(template, data, at)
    except typst.TypstError:
        pass
    try:
        return _compile_template(template, _replace_unknown_characters(data), at)
    except typst.TypstError:
        raise NotLaidOut(template.stem) from None


def forget_laid_out() -> None:
    """
    Let typst drop what it remembers of a long document: over a megabyte for each of its letters.

    It drops what ten compilations in a row did not use, and is asked for nothing but these.
    """
    for _ in range(_REMEMBERED_FOR):
        _compiler_of_template(_BLANK).compile(format="pdf")


def compiler_lock() -> threading.BoundedSemaphore:
    """Return the lock to hold while a document is laid out: the compiler serves one thread."""
    return _turn


def _compile_template(template: Path, data: object, at: datetime) -> bytes:
    return bytes(
        _compiler_of_template(template).compile(
            format="pdf",
            sys_inputs={"data": as_json(data)},
            pdf_standards=STANDARDS,
            timestamp=int(at.timestamp()),
        )
    )


def _replace_unknown_characters(value: object) -> object:
    """Return data with "?" for each character that might not be shown."""
    if isinstance(value, str):
        return _UNKNOWN.sub("?", value)
    if isinstance(value, Mapping):
        return {key: _replace_unknown_characters(each) for key, each in value.items()}
    return (
        [_replace_unknown_characters(each) for each in value]
        if isinstance(value, list | tuple)
        else value
    )


@cache
def _compiler_of_template(template: Path) -> Any:
    return typst.Compiler(str(template), root=str(HOUSE), ignore_system_fonts=True)
