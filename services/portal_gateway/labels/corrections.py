"""French labels of what can be corrected of a child, for the family and for the front desk."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l

from shared.contracts.dossier.corrections import (
    AUTHORITY,
    GUARDIAN_COMES,
    GUARDIAN_DIED,
    GUARDIAN_LEAVES,
    GUARDIAN_NAME,
    IDENTITY,
    SCHOOLING,
)

SUBJECTS: dict[str, Any] = {
    IDENTITY: _l("Nom et naissance"),
    SCHOOLING: _l("École et classe"),
    AUTHORITY: _l("Autorité parentale"),
    GUARDIAN_NAME: _l("Nom d’un adulte"),
    GUARDIAN_COMES: _l("Un adulte arrive"),
    GUARDIAN_LEAVES: _l("Un adulte part"),
    GUARDIAN_DIED: _l("Décès"),
}
FIELDS: dict[str, Any] = {
    "first_name": _l("Prénom"),
    "last_name": _l("Nom"),
    "birth_date": _l("Date de naissance"),
    "school": _l("École"),
    "grade": _l("Niveau"),
    "class_name": _l("Classe"),
    "authority": _l("Autorité parentale"),
    "name": _l("Prénom et nom"),
    "answers": _l("Répond de l’enfant, sans autorité parentale"),
    "lives_here": _l("Vit dans ce foyer"),
}
YES_NO_FIELDS = ("authority", "answers", "lives_here")
YES_NO: dict[str, Any] = {"yes": _l("oui"), "no": _l("non")}


def as_day(text: str) -> date:
    """Return the day that a corrected field holds as ISO text."""
    return date.fromisoformat(text)
