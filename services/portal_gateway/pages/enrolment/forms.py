"""The form that asks for a place: what it says at first, what came in, what is wrong with it."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from flask_babel import gettext as _

from services.portal_gateway.enrolment.rules.joinable_offers import (
    Offer,
    blocking_conditions,
    first_fitting_day,
    verdict_of_offer,
)
from services.portal_gateway.enrolment.rules.stored_offers import StoredGroup
from services.portal_gateway.labels import enrolment as enrolment_labels
from services.portal_gateway.pages.page_parts import parsing
from services.portal_gateway.session.queries.children import Child, Family
from shared.contracts.enrolment.place_conditions import AGE, Applicant
from shared.dates.clock import today
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

Applicants = Mapping[str, Applicant]
"""Applicants of the family, by the id of the child."""


def initial_values(
    offer: Offer, child: Child | None, applicants: Applicants, first_day: date
) -> dict[str, object]:
    """
    Return what the form says before anything is typed: the only group that fits is chosen.

    Where none fits before the child changes school, the day is that one.
    """
    days = {
        group["group_id"]: first_fitting_day(
            offer, group, applicants[child.id] if child else Applicant(None), today(), first_day
        )
        for group in offer.groups
    }
    first_day = min(filter(None, days.values()), default=first_day)
    fitting = [group for group in offer.groups if days[group["group_id"]] == first_day]
    first = fitting[0] if len(fitting) == 1 else None
    return {
        "child": child.id if child else "",
        "group": first["group_id"] if first else "",
        "weekdays": [],
        "criteria": [],
        "from_day": first_day.isoformat(),
    }


def first_possible_day(offer: Offer) -> date:
    """Return the first day on which a place can begin: tomorrow, or with the first group."""
    starts = min(date.fromisoformat(group["first_day"]) for group in offer.groups)
    return max(starts, today() + timedelta(days=1))


def parse_values(sent: Mapping[str, list[str]]) -> dict[str, object]:
    """Return the values of a form that came in, or that was kept."""
    single = ("child", "group", "from_day", "anyway", "no_fixed_day")
    one = {name: (sent.get(name) or [""])[0] for name in single}
    return one | {name: list(sent.get(name) or []) for name in ("weekdays", "criteria")}


def mistakes(offer: Offer, family: Family, form: Form, applicants: Applicants) -> dict[str, str]:
    """Return the sentence for each field that is wrong; unknown criteria are left out."""
    errors = {}
    child = next((ward for ward in family.wards if ward.id == form.value("child")), None)
    group = offer.find_group(form.value("group"))
    day = read_day(form.value("from_day"))
    if child is None:
        errors["child"] = _("Choisissez l’enfant.")
    if group is None:
        errors["group"] = _("Choisissez un groupe.")
    elif child and (later := _first_day_at_other_school(offer, group, applicants[child.id], day)):
        errors["from_day"] = _(
            "Ce groupe est pour l’école où %(name)s ira à partir du %(day)s : choisissez ce jour "
            "ou un jour d’après.",
            name=child.first_name,
            day=enrolment_labels.short_day(later),
        )
    elif child and (
        reason := _reason_against_group(offer, group, child, applicants[child.id], day)
    ):
        errors["group"] = reason
    if offer.content["booking"] == "by_day" and group is not None:
        weekdays = parsing.parse_weekdays(form.values["weekdays"])
        errors |= _mistakes_of_weekdays(group, weekdays, has_no_fixed_day(form))
    if day is None or day < today():
        errors["from_day"] = _("Écrivez un jour à venir, par exemple 6/12/2026.")
    criteria = {criterion["code"] for criterion in offer.content["criteria"]}
    form.values["criteria"] = [code for code in form.values["criteria"] if code in criteria]
    return errors


def has_no_fixed_day(form: Form) -> bool:
    """Return whether single days alone are wanted, to be booked once there is a place."""
    return form.value("no_fixed_day") == "yes"


def _mistakes_of_weekdays(
    group: StoredGroup, weekdays: Sequence[int], no_fixed_day: bool
) -> dict[str, str]:
    if weekdays and no_fixed_day:
        return {"weekdays": _("Choisissez l’un ou l’autre : des jours, ou aucun jour fixe.")}
    if no_fixed_day:
        return {}
    if not weekdays:
        return {"weekdays": _("Choisissez au moins un jour, ou « Seulement certains jours ».")}
    if set(weekdays) <= set(group["weekdays"]):
        return {}
    days = enrolment_labels.weekdays_in_words(group["weekdays"])
    return {"weekdays": _("Ce groupe a lieu le %(days)s.", days=days)}


def _first_day_at_other_school(
    offer: Offer, group: StoredGroup, applicant: Applicant, day: date | None
) -> date | None:
    """Return the day from which a group takes the child, where it does not on the one asked for."""
    asked = max(day or today(), today())
    first = first_fitting_day(offer, group, applicant, today(), asked)
    return first if first is not None and first > asked else None


def _reason_against_group(
    offer: Offer, group: StoredGroup, child: Child, applicant: Applicant, day: date | None
) -> str:
    """Return why this group would not take the child; "" where nothing is known against it."""
    against = blocking_conditions(verdict_of_offer(offer, group, applicant, today(), day))
    if not against:
        return ""
    if AGE in against:
        return _(
            "L’âge de %(name)s ne convient pas à ce groupe.",
            name=child.first_name,
        )
    return _("Ce groupe est pour : %(who)s.", who=enrolment_labels.conditions(offer.content, group))
