"""Answers that the desk needs to begin with a registration; all else may come later. Pure."""

from collections.abc import Mapping
from typing import Any

FILL = ["À remplir."]
REACHED = ["Écrivez une adresse e-mail ou un téléphone : nous vous y répondrons."]
A_CHILD = ["Écrivez au moins un enfant : prénom, nom et date de naissance."]


def unsendable(content: Mapping[str, Any], way: str) -> dict[str, Any]:
    """
    Return by step and field what nobody could begin without, in sentences; {} where it may go.

    No paper is among it: school enrolment never waits for completeness.
    """
    missing = {"guardian": _guardian(content.get("guardian", {}), way)}
    missing["children"] = _children(content.get("children", {}).get("children", []))
    if way == "letter":
        missing["home"] = _missing(content.get("home", {}), "street", "postcode", "commune")
    return {step: wrong for step, wrong in missing.items() if wrong}


def _guardian(guardian: Mapping[str, Any], way: str) -> dict[str, Any]:
    missing = _missing(guardian, "first_name", "last_name")
    if way != "letter" and not guardian.get("email") and not guardian.get("phone"):
        missing["email"] = REACHED
    return missing


def _children(children: list[Mapping[str, Any]]) -> dict[str, Any]:
    if not children:
        return {"children": A_CHILD}
    rows = {
        place: missing
        for place, child in enumerate(children)
        if (missing := _missing(child, "first_name", "last_name", "birth_date"))
    }
    return {"children": rows} if rows else {}


def _missing(content: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: FILL for name in names if not content.get(name)}
