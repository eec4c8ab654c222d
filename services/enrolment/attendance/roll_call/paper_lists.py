"""
Lists on paper, tagged for screen readers (PDF/UA): care and hand-over, allergies, evacuation.

One compiler is kept; data goes in through `sys_inputs`. A list takes some milliseconds.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from threading import Lock

import typst

from shared.json_values import as_json

CARE, ALLERGIES, EVACUATION = "soins", "allergies", "evacuation"
KINDS = (CARE, ALLERGIES, EVACUATION)

TEMPLATE = Path(__file__).with_name("paper.typ")
_turn = Lock()


def list_as_pdf(kind: str, sheet: Mapping[str, object]) -> bytes:
    """
    Return a list as PDF.

    `sheet` has title, subtitle, made, names, states, door (title and text, or none), and rows of
    name, state and lines (term, text, tone).
    """
    data = as_json({"kind": kind, **sheet})
    with _turn:
        made = _typst_compiler().compile(
            format="pdf", pdf_standards="ua-1", sys_inputs={"data": data}
        )
    assert isinstance(made, bytes)  # one document: without a list of its pages
    return made


@cache
def _typst_compiler() -> typst.Compiler:
    return typst.Compiler(str(TEMPLATE), ignore_system_fonts=True)
