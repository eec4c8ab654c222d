"""Labels of the offer's codes at the desk, and sentences for deadlines."""

from collections.abc import Iterable
from datetime import date, datetime, time

from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.enrolment.models import Activity, Group
from services.enrolment.models.days.closures import OUTING
from services.enrolment.models.offer import DRAFT, ENDED, OPEN
from services.enrolment.offer.rules.deadlines import Cutoff
from shared.contracts.enrolment.place_conditions import CLASS, COMMUNE, GRADE, GRADES, SCHOOL
from shared.contracts.enrolment.places.published_offer import (
    ALLOCATIONS,
    ALWAYS,
    BOOKINGS,
    HOLIDAYS,
    TERM,
)
from shared.contracts.sections import PROJECTIONS
from shared.dates.clock import PARIS, today
from shared.register.calendar import BRIDGE, CLOSED, PUBLIC_HOLIDAY, SCHOOL_HOLIDAY
from shared.web.base.app import shell_here
from shared.web.language import typography
from shared.web.language.languages import language_here
from shared.web.language.place_conditions import commune_choices, conditions_in_words
from shared.web.language.translated_labels import Label
from shared.web.language.weekdays import WEEKDAYS as NAMES

STATES: dict[str, tuple[str, str, object]] = {
    DRAFT: ("gold", "edit", _l("brouillon")),
    OPEN: ("green", "check", _l("ouverte")),
    ENDED: ("soft", "end", _l("terminée")),
}
BOOKING: dict[str, LazyString] = dict(
    zip(
        BOOKINGS,
        (_l("À l’année : toutes les séances"), _l("Au jour : la famille choisit")),
        strict=True,
    )
)
ALLOCATION: dict[str, LazyString] = dict(
    zip(ALLOCATIONS, (_l("Ordre d’arrivée"), _l("Critères"), _l("Tirage au sort")), strict=True)
)
ALLOCATION_HINTS: dict[str, LazyString] = dict(
    zip(
        ALLOCATIONS,
        (
            _l("Une place libre est donnée tout de suite."),
            _l("Les demandes reçues jusqu’à la clôture sont classées par points."),
            _l("Les demandes reçues jusqu’à la clôture sont tirées au sort."),
        ),
        strict=True,
    )
)
RUNS_IN: dict[str, LazyString] = {
    TERM: _l("Les jours d’école"),
    HOLIDAYS: _l("Pendant les vacances scolaires"),
    ALWAYS: _l("Toute l’année"),
}
WEEKDAYS: tuple[tuple[str, Label], ...] = tuple((str(day), name) for day, name in NAMES.items())
DAYS: dict[str, tuple[str, object]] = {
    SCHOOL_HOLIDAY: ("V", _l("Vacances scolaires")),
    PUBLIC_HOLIDAY: ("F", _l("Jour férié")),
    CLOSED: ("×", _l("Fermé")),
    BRIDGE: ("P", _l("Pont : bureaux fermés")),
}
_DAY_HINTS: dict[str, LazyString] = {
    CLOSED: _l("Rien n’a lieu ; les réservations de ces jours sont annulées."),
    SCHOOL_HOLIDAY: _l("Ce qui suit l’école n’a pas lieu, le centre de loisirs oui."),
    PUBLIC_HOLIDAY: _l("Rien n’a lieu ; les réservations de ces jours sont annulées."),
    BRIDGE: _l("Rien n’est annulé ; les délais ne comptent pas ces jours."),
}
REASONS: dict[str, LazyString] = {
    "strike": _l("Grève"),
    "staff": _l("Manque de personnel"),
    "weather": _l("Météo"),
    "building": _l("Locaux indisponibles"),
    "other": _l("Autre raison"),
    "timetable": _l("Changement de calendrier ou d’horaire"),
    OUTING: _l("Sortie de classe"),
}
CONDITIONS: dict[str, LazyString] = {
    SCHOOL: _l("Écoles"),
    GRADE: _l("Niveaux"),
    CLASS: _l("Classes"),
    COMMUNE: _l("Communes"),
}
CUTOFF_DAYS = (0, 1, 2, 3, 5, 10)


def site_or_count_in_words(activity: Activity, sites: Iterable[str]) -> str:
    """Return where an activity is whose groups are at these sites: the one, or how many."""
    places = {*sites} or {activity.site}
    return (
        places.pop() if len(places) == 1 else ngettext("%(num)d lieu", "%(num)d lieux", len(places))
    )


def days_before(days: int) -> str:
    """Say how many working days before: « la veille ouvrée »."""
    if days == 0:
        return _("le jour même")
    if days == 1:
        return _("la veille ouvrée")
    return _("%(count)d jours ouvrés avant", count=days)


def cutoff_choices(chosen: str) -> list[tuple[str, str]]:
    """Return how many days before may be chosen, and what was chosen otherwise."""
    known = {str(days) for days in CUTOFF_DAYS} | ({chosen} if chosen.isdecimal() else set())
    return [(days, days_before(int(days))) for days in sorted(known, key=int)]


def day_choices() -> list[tuple[str, object, object]]:
    """Return the kinds of days, the closed ones first, each with what it does to sessions."""
    return [(kind, DAYS[kind][1], hint) for kind, hint in _DAY_HINTS.items()]


def allocation_choices() -> list[tuple[str, object, object]]:
    """Return the ways of giving places, each with what it means."""
    return [(code, label, ALLOCATION_HINTS[code]) for code, label in ALLOCATION.items()]


def cutoff_in_words(written: str) -> str:
    """Say a cutoff: « la veille ouvrée à 18 h »."""
    read = Cutoff.parse(written)
    return _("%(days)s à %(hour)s", days=days_before(read.days), hour=clock(f"{read.at:%H:%M}"))


def clock(written: str) -> str:
    """Say an hour of the clock, "HH:MM": « 8 h 30 »."""
    return typography.hour(datetime.combine(date(2000, 1, 1), time.fromisoformat(written), PARIS))


def day(value: date) -> str:
    """Say a day: « mardi 24 novembre »."""
    return typography.day(value, language_here(), today())


def weekdays(digits: str) -> str:
    """Say weekdays: « lundi, mardi, jeudi, vendredi »."""
    if digits == "1234567":
        return _("tous les jours")
    if digits == "12345":
        return _("du lundi au vendredi")
    return ", ".join(str(name) for digit, name in WEEKDAYS if digit in digits)


def not_entitled(projection: str) -> str:
    """Say which part of the dossier a condition needs and this provider may not receive."""
    return _(
        "Le service ne reçoit pas « %(part)s » : il ne pourrait pas le vérifier. "
        "Le fichier de la ville doit d’abord le prévoir, avec l’accord du DPO.",
        part=PROJECTIONS[projection].label,
    )


def condition_choices(known_schools: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """Return what may be ticked: schools of the children here, levels, communes of the town."""
    return {
        SCHOOL: [(school, school) for school in known_schools],
        GRADE: [
            (grade, grade.replace("E", "e") if grade[0].isdigit() else grade) for grade in GRADES
        ],
        COMMUNE: commune_choices(shell_here().register),
    }


def conditions(activity: Activity, group: Group | None = None) -> str:
    """Say for which children an activity or a group is, beside their age."""
    stated = group.conditions if group else activity.conditions
    return conditions_in_words(shell_here().register, stated)


def activity_choices() -> list[tuple[str, str]]:
    """Return the provider's activities as the town's register has them."""
    provider = shell_here().registered_provider()
    return [(activity.code, activity.label) for activity in provider.activities] if provider else []


def activity_label(code: str) -> str:
    """Name an activity of the register; one that has left it keeps its code."""
    return dict(activity_choices()).get(code, code)
