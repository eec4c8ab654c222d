"""Absent children and days as a form says them, and what is wrong with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from services.portal_gateway.schedule.rules.family_days import Day
from services.portal_gateway.session.queries.children import Child, Family
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

LONGEST = timedelta(days=13)
FARTHEST = timedelta(days=365)


@dataclass(frozen=True)
class AbsenceDays:
    """Children and days of an absence; where the form has mistakes, nothing is to be looked up."""

    children: list[Child]
    first: date
    last: date
    form: Form


def read_absence_days(
    query: MultiDict[str, str], family: Family, today: date, days: Iterable[Day], moment: datetime
) -> AbsenceDays:
    """
    Return what was asked; who has one child need not choose it.

    Where no day was asked it is the first of `days` with something left to declare: in the evening
    that is tomorrow.
    """
    children = [child for child in family.children if child.id in query.getlist("enfant")]
    if not children and len(family.children) == 1:
        children = list(family.children)
    proposed = _first_day_to_declare(children or family.children, days, moment) or today
    first = read_day(query.get("du", "")) if query.get("du") else proposed
    last = read_day(query.get("au", "")) if query.get("au") else first
    form = Form(
        {
            "enfant": [child.id for child in children],
            "du": query.get("du") or proposed.isoformat(),
            "au": query.get("au") or query.get("du") or proposed.isoformat(),
        },
        labels={
            "enfant": _("Qui ?"),
            "du": _("Du"),
            "au": _("Au"),
            "session": _("Ce qui est réservé"),
        },
    )
    if "du" in query and not children:
        form.errors["enfant"] = _("Cochez au moins un enfant.")
    form.errors |= _mistakes_of_days(first, last, today)
    return AbsenceDays(children, first or today, last or first or today, form)


def _first_day_to_declare(
    children: Iterable[Child], days: Iterable[Day], moment: datetime
) -> date | None:
    ids = {id_of_child for child in children for id_of_child in child.ids}
    declared = (day for day in days if day.child_id in ids and day.may_be_declared(moment))
    return min((day.day for day in declared), default=None)


def _mistakes_of_days(first: date | None, last: date | None, today: date) -> Mapping[str, str]:
    unreadable = _("Écrivez un jour, par exemple 6/12/2026.")
    if first is None or last is None:
        return {"du" if first is None else "au": unreadable}
    if first < today:
        return {"du": _("Ce jour est passé : écrivez au service.")}
    if first > today + FARTHEST:
        return {"du": _("Une absence se signale un an à l’avance au plus.")}
    if last < first:
        return {"au": _("Le dernier jour est avant le premier.")}
    if last > first + LONGEST:
        return {"au": _("14 jours au plus à la fois.")}
    return {}
