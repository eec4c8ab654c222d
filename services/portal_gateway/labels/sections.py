"""
A section's content as a family reads it: pairs of term and text. Pure, apart from gettext.

The same pairs stand on the child's page, beside each other in a conflict, and in « qui sait quoi ».
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _

from services.portal_gateway.labels import record as texts
from shared.web.language.languages import language_here
from shared.web.language.typography import long_date, phone

Fact = tuple[str, str]
Content = Mapping[str, Any]


def facts(section: str, content: Content) -> list[Fact]:
    """Return what was told in a section; nothing where it was never filled."""
    return _OF[section](content) if content else []


def menu(content: Content) -> str:
    """Say a diet in one line: « Végétarien, sans gluten »."""
    without = [str(texts.WITHOUT[each]).lower() for each in content.get("without", ())]
    return ", ".join([str(texts.MENUS.get(content["menu"], content["menu"])), *without])


def allergy(content: Content) -> str:
    """Say an allergy: « Arachide (sévère) »."""
    severity = texts.SEVERITIES.get(content["severity"], content["severity"])
    return f"{content['substance']} ({severity})"


def person(content: Content) -> str:
    """Say a person: « Nadia Lefèvre, grand-mère »."""
    return ", ".join(part for part in (content["name"], content.get("relation", "")) if part)


def said_date(day: str) -> str:
    """Say a stored date."""
    return long_date(date.fromisoformat(day), language_here())


def _diet(content: Content) -> list[Fact]:
    return [(_("Menu"), menu(content))]


def _contacts(content: Content) -> list[Fact]:
    return [
        (_("%(rank)s. %(who)s", rank=rank, who=person(each)), phone(each["phone"]))
        for rank, each in enumerate(content["people"], start=1)
    ]


def _pickup(content: Content) -> list[Fact]:
    people = [(person(each), phone(each.get("phone", ""))) for each in content["people"]]
    return people or [(_("Autres personnes"), _("aucune : seuls les responsables de l’enfant"))]


def _health(content: Content) -> list[Fact]:
    allergies = [allergy(each) for each in content.get("allergies", ())]
    treatments = [each["name"] for each in content.get("treatments", ())]
    found = [
        (_("Allergies"), ", ".join(allergies) or _("aucune")),
        (_("Traitements"), ", ".join(treatments) or _("aucun")),
        (_("PAI"), _care_plan(content.get("care_plan"))),
    ]
    if content.get("remarks"):
        found.append((_("À savoir"), content["remarks"]))
    return found


def _care_plan(plan: Content | None) -> str:
    if not plan:
        return _("aucun")
    return _("valable jusqu’au %(day)s", day=said_date(plan["valid_until"]))


_OF: dict[str, Callable[[Content], list[Fact]]] = {
    "diet": _diet,
    "contacts": _contacts,
    "pickup": _pickup,
    "health": _health,
}
