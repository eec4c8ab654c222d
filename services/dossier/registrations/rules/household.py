"""Sections of a household that arrives, checked before anything is written."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from services.dossier.sections.rules.projections import Content
from shared.contracts.errors import BadRequest
from shared.contracts.sections.contents import check


def checked(request: SimpleNamespace) -> Mapping[str, dict[str, Content]]:
    """Return the sections by child's reference; the mistakes name references and fields alone."""
    known = {guardian["reference"] for guardian in request.guardians}
    contents: dict[str, dict[str, Content]] = {}
    errors: dict[str, Any] = {}
    for child in request.children:
        contents[child["reference"]] = {}
        mistakes: dict[str, Any] = {}
        if not set(child["guardians"]) <= known:
            mistakes["guardians"] = ["Ce responsable n’est pas de ce foyer."]
        for section, told in child["sections"].items():
            contents[child["reference"]][section], wrong = check(section, told)
            if wrong:
                mistakes[section] = wrong
        if mistakes:
            errors[child["reference"]] = mistakes
    if errors:
        raise BadRequest(errors={"children": errors})
    return contents
