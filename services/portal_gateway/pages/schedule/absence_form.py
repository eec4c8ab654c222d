"""Absent children and days as a form says them, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

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


def read_absence_days(query: MultiDict[str, str], family: Family, today: date) -> AbsenceDays:
    """Return what was asked; who has one child need not choose it."""
    children = [child for child in family.children if child.id in query.getlist("enfant")]
    if not children and len(family.children) == 1:
        children = list(family.children)
    first = read_day(query.get("du", "")) if query.get("du") else today
    last = read_day(query.get("au", "")) if query.get("au") else first
    form = Form(
        {
            "enfant": [child.id for child in children],
            "du": query.get("du") or today.isoformat(),
            "au": query.get("au") or query.get("du") or today.isoformat(),
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
