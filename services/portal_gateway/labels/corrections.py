"""French labels of what can be corrected of a child, for the family and for the front desk."""

from datetime import date

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from shared.contracts.dossier.corrections import (
    AUTHORITY,
    GUARDIAN_COMES,
    GUARDIAN_DIED,
    GUARDIAN_LEAVES,
    GUARDIAN_NAME,
    IDENTITY,
    JOINED,
    PARTED,
    SCHOOLING,
    WEEKS,
)
from shared.dates.two_home_weeks import FORTNIGHTS, HALVES
from shared.web.language import typography
from shared.web.language.languages import language_here
from shared.web.language.two_home_weeks import handover_in_words

SUBJECTS: dict[str, LazyString] = {
    IDENTITY: _l("Nom et naissance"),
    SCHOOLING: _l("École et classe"),
    AUTHORITY: _l("Autorité parentale"),
    GUARDIAN_NAME: _l("Nom d’un adulte"),
    GUARDIAN_COMES: _l("Un adulte arrive"),
    GUARDIAN_LEAVES: _l("Un adulte part"),
    GUARDIAN_DIED: _l("Décès"),
    WEEKS: _l("À qui la semaine"),
    JOINED: _l("Deux dossiers réunis"),
    PARTED: _l("Deux dossiers séparés"),
}
FIELDS: dict[str, LazyString] = {
    "first_name": _l("Prénom"),
    "last_name": _l("Nom"),
    "birth_date": _l("Date de naissance"),
    "school": _l("École"),
    "grade": _l("Niveau"),
    "class_name": _l("Classe"),
    "authority": _l("Autorité parentale"),
    "name": _l("Prénom et nom"),
    "answers": _l("Répond de l’enfant, sans autorité parentale"),
    "in_charge": _l("Répond de l’enfant"),
    "lives_here": _l("Vit dans ce foyer"),
    "home": _l("Vit chez"),
    "even": _l("Semaines paires"),
    "odd": _l("Semaines impaires"),
    "changes": _l("Change de foyer le"),
    "school_days": _l("Du lundi au vendredi"),
    "holidays": _l("Première moitié des vacances, les années paires"),
    "summer": _l("L’été"),
}
SUMMERS: dict[str, LazyString] = {HALVES: _l("par moitiés"), FORTNIGHTS: _l("par quinzaines")}
YES_NO_FIELDS = ("authority", "answers", "in_charge", "lives_here")
YES_NO: dict[str, LazyString] = {"yes": _l("oui"), "no": _l("non")}


def corrected_value(field: str, text: str) -> str:
    """Return what a corrected field was or became, in words."""
    if not text:
        return _("rien")
    if field == "birth_date":
        return typography.long_date(date.fromisoformat(text), language_here())
    if field in YES_NO_FIELDS:
        return str(YES_NO[text])
    if field == "summer":
        return str(SUMMERS[text])
    if field == "changes":
        day, _space, moment = text.partition(" ")
        return handover_in_words(int(day), moment)
    return text
