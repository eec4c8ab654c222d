"""Answers that the desk needs to begin with a registration; all else may come later. Pure."""

from collections.abc import Mapping
from datetime import date

from shared.contracts.dossier.registrations import ACCOUNT
from shared.json_values import JsonMapping

FILL = ["À remplir."]
REACHED = ["Écrivez une adresse e-mail ou un téléphone : nous vous y répondrons."]
A_CHILD = ["Écrivez au moins un enfant : prénom, nom et date de naissance."]
NOT_BORN = ["Cette date est à venir : ajoutez l’enfant après sa naissance."]


def missing_answers(content: JsonMapping, way: str, day: date) -> dict[str, object]:
    """
    Return by step and field what nobody could begin without, in sentences; {} where it may go.

    No paper is among it: school enrolment never waits for completeness. A child is born by that
    day: a date to come is a slip, and would make a second file of it later.
    """
    missing = {}
    if way != ACCOUNT:
        missing["guardian"] = _missing_of_guardian(content.get("guardian", {}), way)
    missing["children"] = _missing_of_children(content.get("children", {}).get("children", []), day)
    if way == "letter":
        missing["home"] = _missing_fields(content.get("home", {}), "street", "postcode", "commune")
    return {step: wrong for step, wrong in missing.items() if wrong}


def _missing_of_guardian(guardian: Mapping[str, object], way: str) -> dict[str, object]:
    missing = _missing_fields(guardian, "first_name", "last_name")
    if way != "letter" and not guardian.get("email") and not guardian.get("phone"):
        missing["email"] = REACHED
    return missing


def _missing_of_children(children: list[Mapping[str, object]], day: date) -> dict[str, object]:
    if not children:
        return {"children": A_CHILD}
    rows = {
        place: missing
        for place, child in enumerate(children)
        if (missing := _missing_of_child(child, day))
    }
    return {"children": rows} if rows else {}


def _missing_of_child(child: Mapping[str, object], day: date) -> dict[str, object]:
    missing = _missing_fields(child, "first_name", "last_name", "birth_date")
    if "birth_date" not in missing and date.fromisoformat(str(child["birth_date"])) > day:
        missing["birth_date"] = NOT_BORN
    return missing


def _missing_fields(content: Mapping[str, object], *names: str) -> dict[str, object]:
    return {name: FILL for name in names if not content.get(name)}
