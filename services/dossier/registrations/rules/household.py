"""Sections of a household that arrives, checked before anything is written."""

from collections.abc import Mapping
from datetime import date
from types import SimpleNamespace
from typing import Any

from services.dossier.households.rules.likeness import Named
from services.dossier.sections.rules.projections import Content
from shared.contracts.errors import BadRequest
from shared.contracts.sections import SECTIONS


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
            contents[child["reference"]][section], wrong = SECTIONS[section].check(told)
            if wrong:
                mistakes[section] = wrong
        if mistakes:
            errors[child["reference"]] = mistakes
    if errors:
        raise BadRequest(errors={"children": errors})
    return contents


def children_named(content: Content) -> list[Named | None]:
    """Return the children of a draft by place; None for one not named yet."""
    return [
        Named(child["first_name"], child["last_name"], date.fromisoformat(child["birth_date"]))
        if child.get("birth_date") and child.get("first_name") and child.get("last_name")
        else None
        for child in content.get("children", {}).get("children", [])
    ]
