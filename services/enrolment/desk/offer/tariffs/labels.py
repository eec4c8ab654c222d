"""Labels of tariffs and their codes at the desk."""

from collections.abc import Iterable
from datetime import date

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.enrolment.desk.offer.labels import activity_choices, activity_label
from shared.contracts.enrolment import attendance
from shared.contracts.enrolment.tariffs import (
    ADD,
    CHILD,
    CHILDCARE,
    DAYS,
    FOOD,
    HALF_MONTHS,
    HOUSEHOLD,
    LATE_PICKUP,
    MINUTES,
    MONTH,
    MONTHS,
    OTHER,
    REPLACE,
    SESSION,
    TERM,
    WEEKS,
    YEAR,
    Grid,
    Price,
    Residences,
    prorations_of_unit,
)
from shared.dates.clock import today
from shared.web.base.app import shell_here
from shared.web.language.typography import with_capital
from shared.web.prices import grid_labels, price_labels
from shared.web.prices.price_labels import euros

__all__ = ["activity_choices", "activity_label", "euros"]

OWN_MEAL = "own_meal"

UNITS: dict[str, LazyString] = {
    SESSION: _l("À la séance"),
    MINUTES: _l("À la durée"),
    MONTH: _l("Au mois"),
    TERM: _l("À la période"),
    YEAR: _l("À l’année scolaire"),
}
UNIT_HINTS: dict[str, LazyString] = {
    SESSION: _l("Un repas, une matinée, un cours : chaque présence compte."),
    MINUTES: _l("Selon l’heure de départ notée au pointage, par tranche de minutes."),
    MONTH: _l("Chaque mois où l’enfant a une place."),
    TERM: _l("Chaque période où l’enfant a une place : vous en écrivez les dates."),
    YEAR: _l("Une fois par année scolaire : cours à l’année, adhésion, frais de dossier."),
}
PER: dict[str, LazyString] = {
    CHILD: _l("Pour chaque enfant"),
    HOUSEHOLD: _l("Une fois pour le foyer"),
}
PRORATION_HINTS: dict[str, LazyString] = {
    MONTHS: _l("Un mois commencé compte en entier."),
    HALF_MONTHS: _l("Chaque mois en a deux : du 1er au 15, et du 16 à la fin."),
    WEEKS: _l(
        "Du lundi au dimanche. Au début ou à la fin, moins de quatre jours n’en font pas une."
    ),
    DAYS: _l("Tous les jours comptent, même sans séance."),
}
TWELVE_MONTHS = _l(
    "Un mois commencé compte en entier. Une année en a douze : pour dix, facturez à la période."
)
TAXES: dict[str, LazyString] = {
    CHILDCARE: _l("Garde d’enfant"),
    FOOD: _l("Repas"),
    OTHER: _l("Autre"),
}
OUTCOMES: dict[str, LazyString] = {
    attendance.UNEXPECTED: _l("L’enfant vient sans réservation"),
    attendance.ABSENT: _l("L’enfant ne vient pas, personne n’a prévenu"),
    attendance.CANCELLED_LATE: _l("La séance est annulée après le délai"),
    attendance.EXCUSED: _l("L’absence est excusée"),
    attendance.PRESENT: _l("L’enfant est là"),
    LATE_PICKUP: _l("L’enfant est repris après l’heure"),
}
EFFECTS: dict[str, LazyString] = {
    ADD: _l("s’ajoute au prix"),
    REPLACE: _l("remplace le prix"),
}
VARIANTS: dict[str, LazyString] = {
    "": _l("Comme d’habitude"),
    OWN_MEAL: _l("Apporte son repas"),
}
STEPS: dict[str, LazyString] = {
    "1": _l("Au centime"),
    "5": _l("À 5 centimes"),
    "10": _l("À 10 centimes"),
}


def unit_choices() -> list[tuple[str, object, object]]:
    """Return what a price may be for, each with what it means."""
    return [(code, label, UNIT_HINTS[code]) for code, label in UNITS.items()]


def variant(code: str) -> str:
    """Name a way to come; one that came by import keeps its code."""
    return str(VARIANTS.get(code, code))


def band(start: int, end: int | None) -> str:
    """Say a band of quotients: « de 400 à moins de 640 »."""
    return price_labels.quotient_band(start, end, _)


def price(surcharge: Price) -> str:
    """Say a price: « 2,20 € », « 0,55 % du quotient, de 1,00 € à 3,19 € »."""
    return grid_labels.price(surcharge, _)


def child_rank_in_words(at: int) -> str:
    """Say which child of a household: « 1er enfant », « 2e enfant »."""
    return grid_labels.child_rank(at, _)


def sibling_reductions_in_words(percents: Iterable[int]) -> str:
    """Say what the second child, the third… has less: « 2e enfant −10 %, 3e enfant −20 % »."""
    return grid_labels.sibling_reductions(percents, _)


def partly_held(unit: str) -> str:
    """Name the case of a place that has but a part of a period; "" for what is due by session."""
    return grid_labels.partly_held(unit, _)


def due_of_partly_held(proration: str, unit: str) -> str:
    """Say what is due of such a period: « seules les semaines commencées sont dues »."""
    return grid_labels.due_of_partly_held(proration, unit, _)


def proration_choices(unit: str) -> list[tuple[str, str, str]]:
    """Return what may be due of a period of which a place has but a part, each with its rule."""
    hints = PRORATION_HINTS | ({MONTHS: TWELVE_MONTHS} if unit == YEAR else {})
    return [
        (code, with_capital(due_of_partly_held(code, unit)), str(hints.get(code, "")))
        for code in prorations_of_unit(unit)
    ]


def grid_state(grid: Grid) -> tuple[str, str, str]:
    """Return tone, drawing and words for the state of a grid today."""
    if grid["valid_from"] > today():
        return "blue", "sent", _("à venir")
    if grid["valid_to"] is not None and grid["valid_to"] < today():
        return "soft", "end", _("passée")
    return "green", "check", _("en ce moment")


def class_names(content: Residences | None) -> dict[str, str]:
    """Return the residence classes with their names."""
    return {row["code"]: row["label"] for row in content["classes"]} if content else {}


def commune(insee: str) -> str:
    """Name a commune of the town's register; another keeps its INSEE code."""
    return dict(communes()).get(insee, insee)


def communes() -> list[tuple[str, str]]:
    """Return the communes of the town's register by name, each once."""
    known = {commune.insee: commune.name for commune in shell_here().register.now.communes}
    return sorted(known.items(), key=lambda pair: pair[1])


def day_as_form_value(value: date | None) -> str:
    """Return a day as a date field holds it."""
    return value.isoformat() if value else ""
