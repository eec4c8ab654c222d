"""Lists of figures, each with its file: sums and sessions, and no child."""

from collections.abc import Callable
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.enrolment.desk.figures import labels
from services.enrolment.figures.queries.attendance import PartLine, SessionLine
from services.enrolment.figures.queries.demand import DemandLine
from services.enrolment.figures.rules.caf_hours import HoursLine
from services.enrolment.figures.rules.periods import Period
from shared.web.agents.lists.columns import DAY, HOURS, NUMBER, Column, List

KEEP = ("periode",)


def parts_list(period: Period, *, own_meals: bool) -> List[PartLine]:
    """Return the sums of a period by site, activity and month or day."""
    columns: list[Column[PartLine]] = [
        Column("site", _l("Site"), lambda line: line.site, filtered=True),
        Column(
            "activite",
            _l("Activité"),
            lambda line: line.activity,
            filtered=True,
            href=_address_of_sessions,
        ),
        Column(
            "part",
            _l("Période"),
            lambda line: labels.part(line.part),
            order=lambda line: line.part,
        ),
        *_sums_columns(own_meals=own_meals),
    ]
    title = _("Présences, %(period)s", period=labels.period(period))
    return List(title, columns, keep=KEEP)


def sessions_list(
    period: Period, page_of: Callable[[SessionLine], str], *, own_meals: bool
) -> List[SessionLine]:
    """Return the closed sessions behind the sums."""
    columns: list[Column[SessionLine]] = [
        Column("jour", _l("Jour"), lambda line: line.day, DAY, href=page_of),
        Column("site", _l("Site"), lambda line: line.site, filtered=True),
        Column("activite", _l("Activité"), lambda line: line.activity, filtered=True),
        Column("groupe", _l("Groupe"), lambda line: line.group, filtered=True),
        *_sums_columns(own_meals=own_meals, of_one=True),
    ]
    title = _("Séances, %(period)s", period=labels.period(period))
    return List(title, columns, keep=KEEP)


def demand_list(period: Period, *, opens: bool) -> List[DemandLine]:
    """Return the applications of a period by site and activity."""

    def address_of_applications(line: DemandLine) -> str:
        return url_for("applications.show_activity", activity_id=line.activity_id) if opens else ""

    columns: list[Column[DemandLine]] = [
        Column("site", _l("Site"), lambda line: line.site, filtered=True),
        Column(
            "activite",
            _l("Activité"),
            lambda line: line.activity,
            filtered=True,
            href=address_of_applications,
        ),
        Column("annee", _l("Année"), lambda line: line.school_year, filtered=True),
        _demand_column("demandes", _l("Demandes"), "asked"),
        _demand_column("places", _l("Places données"), "placed"),
        _demand_column("proposees", _l("Proposées"), "offered"),
        _demand_column("etude", _l("À l’étude"), "undecided"),
        _demand_column("attente", _l("En attente"), "waiting"),
        _demand_column("complet", _l("Refusées : complet"), "full"),
        _demand_column("refus", _l("Refusées : autre raison"), "refused"),
        _demand_column("retirees", _l("Retirées"), "gone"),
        _demand_column("sans", _l("Sans place"), "unmet"),
    ]
    title = _("Demandes, %(period)s", period=labels.period(period))
    return List(title, columns, keep=KEEP)


def hours_list(period: Period) -> List[HoursLine]:
    """Return the hours of a quarter by site, reception, slot, fund and age."""
    columns: list[Column[HoursLine]] = [
        Column("site", _l("Site"), lambda line: line.site, filtered=True),
        Column("activite", _l("Activité"), lambda line: line.activity, filtered=True),
        Column("accueil", _l("Accueil"), lambda line: labels.reception(line.slot), filtered=True),
        Column("creneau", _l("Créneau"), lambda line: labels.slot(line.slot), filtered=True),
        Column("caisse", _l("Régime"), lambda line: labels.fund(line.fund), filtered=True),
        _hours_column("moins6", _l("Moins de 6 ans"), "under_6"),
        _hours_column("de6", _l("6 à 11 ans"), "from_6"),
        _hours_column("de12", _l("12 ans et plus"), "from_12"),
        _hours_column("inconnu", _l("Âge non connu"), "age_unknown"),
        _hours_column("heures", _l("Heures"), "total"),
    ]
    title = _("Heures pour la CAF, %(period)s", period=labels.period(period))
    return List(title, columns, keep=KEEP)


def _sums_columns(*, own_meals: bool, of_one: bool = False) -> list[Column[Any]]:
    counted = [
        *([] if of_one else [("seances", _l("Séances"), "sessions")]),
        ("places", _l("Places"), "places"),
        ("reserves", _l("Réservés"), "booked"),
        ("presents", _l("Présents"), "present"),
        ("imprevus", _l("Non prévus"), "unexpected"),
        ("absents", _l("Absents"), "absent"),
        ("tard", _l("Annulés tard"), "cancelled_late"),
        ("excuses", _l("Excusés"), "excused"),
        *([("repas", _l("Repas apportés"), "own_meals")] if own_meals else []),
        ("occupation", _l("Occupation en %"), "occupancy"),
    ]
    return [_sum_column(*each) for each in counted]


def _sum_column(code: str, label: object, name: str) -> Column[Any]:
    return Column(code, label, lambda line: getattr(line.sums, name), NUMBER)


def _demand_column(code: str, label: object, name: str) -> Column[DemandLine]:
    return Column(code, label, lambda line: getattr(line.demand, name), NUMBER)


def _hours_column(code: str, label: object, name: str) -> Column[HoursLine]:
    return Column(code, label, lambda line: getattr(line, name), HOURS)


def _address_of_sessions(line: PartLine) -> str:
    return url_for(
        "figures.show_sessions", periode=line.part, site=line.site, activite=line.activity
    )
