"""What codes are called at the desk. Roles and providers are named by the town's register."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.enrolment.children.commands.sheet import Section
from shared.dates.clock import today
from shared.web.language.languages import language_here
from shared.web.language.typography import moment

PROJECTIONS: dict[str, Any] = {
    "allergies": _l("Allergies"),
    "care_core": _l("L’essentiel"),
    "treatments": _l("Traitements"),
    "health_sheet": _l("Fiche santé"),
    "diet": _l("Régime alimentaire"),
    "pickup": _l("Qui peut venir chercher"),
    "schooling": _l("École et classe"),
}
ICONS = {
    "allergies": "health",
    "care_core": "alert",
    "treatments": "health",
    "health_sheet": "health",
    "diet": "meal",
    "pickup": "pickup",
    "schooling": "school",
}
MENUS: dict[str, Any] = {
    "standard": _l("Standard"),
    "vegetarian": _l("Végétarien"),
    "no_pork": _l("Sans porc"),
}
WITHOUT: dict[str, Any] = {
    "gluten": _l("Sans gluten"),
    "lactose": _l("Sans lactose"),
    "egg": _l("Sans œuf"),
    "fish": _l("Sans poisson"),
}
BOOKING_STATES: dict[str, Any] = {
    "booked": _l("réservé"),
    "cancelled": _l("annulé"),
    "late": _l("annulé trop tard"),
    "excused": _l("absence annoncée"),
    "closed": _l("annulé par le service"),
}
SEVERITIES: dict[str, Any] = {"severe": _l("sévère"), "mild": _l("légère ou moyenne")}


def state_of(section: Section, role: Callable[[str], str]) -> str:
    """Say what the reader has to see, or who has seen it (rule R5); "" where neither."""
    if section.to_see and not section.mark:
        return ""
    if section.to_see and section.seen_at:
        return _("A changé %(when)s, pas encore vu depuis", when=_when(section.received_at))
    if section.to_see:
        return _("Reçu %(when)s, pas encore vu", when=_when(section.received_at))
    if section.seen_at:
        seen = {"when": _when(section.seen_at), "role": role(section.seen_by)}
        return _("Vu %(when)s · %(role)s", **seen)
    return ""


def _when(value: datetime) -> str:
    return moment(value, language_here(), today())
