"""Sections of a household that arrives, checked before anything is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.dossier.sections.rules.projections import Content
from shared.contracts.dossier.guardians import Address
from shared.contracts.errors import BadRequest
from shared.contracts.sections import SECTIONS
from shared.contracts.sections.section import Offered
from shared.json_values import JsonMapping, JsonObject
from shared.text.child_likeness import Named


@dataclass(frozen=True)
class IncomingHousehold:
    """
    A household that arrives: of another software, or of an accepted registration.

    `trial_of` is the provider on trial for which it is invented. The other software has seen
    papers; an accepted registration says whether the desk saw one of the domicile.
    """

    reference: str
    guardians: Sequence[JsonMapping]
    children: Sequence[JsonMapping]
    address: Address | None
    trial_of: str | None = None
    domicile_seen: bool = True


def check_incoming_sections(
    household: IncomingHousehold, offered: Offered
) -> Mapping[str, dict[str, Content]]:
    """Return the sections by child's reference; the mistakes name references and fields alone."""
    known = {guardian["reference"] for guardian in household.guardians}
    contents: dict[str, dict[str, Content]] = {}
    errors: JsonObject = {}
    for child in household.children:
        contents[child["reference"]] = {}
        mistakes: JsonObject = {}
        if not set(child["guardians"]) <= known:
            mistakes["guardians"] = ["Ce responsable n’est pas de ce foyer."]
        for section, entered in child["sections"].items():
            contents[child["reference"]][section], wrong = SECTIONS[section].check(entered, offered)
            if wrong:
                mistakes[section] = wrong
        if mistakes:
            errors[child["reference"]] = mistakes
    if errors:
        raise BadRequest(errors={"children": errors})
    return contents


def named_children_by_place(content: Content) -> list[Named | None]:
    """Return the children of a registration by place; None for one not named yet."""
    return [
        Named(child["first_name"], child["last_name"], date.fromisoformat(child["birth_date"]))
        if child.get("birth_date") and child.get("first_name") and child.get("last_name")
        else None
        for child in content.get("children", {}).get("children", [])
    ]
