"""
Labels of care on a list: alerts beside a name, and the sheet behind it.

The page, the device and the PDF use the same labels.
"""

from collections.abc import Mapping
from datetime import date
from typing import TypedDict

from flask_babel import gettext as _

from services.enrolment.attendance.roll_call.commands.roll_list import Listed
from services.enrolment.attendance.roll_call.rules import list_alerts
from services.enrolment.attendance.roll_call.rules.list_alerts import Alert
from services.enrolment.desk.page_parts import labels
from shared.contracts.sections.care import diet
from shared.contracts.sections.consents import lines_of_consents
from shared.dates.clock import today
from shared.json_values import JsonMapping
from shared.register.entitlement import CONSENTS
from shared.web.base.app import shell_here
from shared.web.language.languages import language_here
from shared.web.language.section_labels import lines_in_words, term_in_words
from shared.web.language.typography import day as day_label
from shared.web.language.typography import dialled_number, hour, long_date, moment, phone_number

Line = dict[str, str]
"""A line has `term`, `text`, `tone` where it is urgent, and `dial` where a number is called."""


class Section(TypedDict):
    """A part of a sheet."""

    title: str
    lines: list[Line]


def alert_labels(alert: Alert) -> Line:
    """Return tone, icon and text of an alert, and whether it is about the child or its day."""
    text, at = alert.text, alert.at
    when = moment(at, language_here(), today()) if at else ""
    sentences = {
        list_alerts.CHANGED: ("red", "health", _("Santé : reçu %(when)s", when=when)),
        list_alerts.HANDOVER_CHANGED: ("red", "pickup", _("Remise : reçu %(when)s", when=when)),
        list_alerts.SEVERE_ALLERGY: ("red", "alert", _("%(what)s : conduite à tenir", what=text)),
        list_alerts.CARE_PLAN: ("red", "health", _("PAI : conduite à tenir")),
        list_alerts.EXPIRED_PLAN: ("red", "health", _("PAI expiré : conduite maintenue")),
        list_alerts.NOT_TO_HAND_OVER: ("red", "pickup", _("Ne pas remettre à %(name)s", name=text)),
        list_alerts.MISSED: ("gold", "alert", _("Attendu plus tôt (%(what)s), pas vu", what=text)),
        list_alerts.LEFT_EARLIER: (
            "gold",
            "sign-out",
            _("Parti %(when)s (%(what)s)", when=when, what=text),
        ),
        list_alerts.WITH_OTHERS: ("gold", "alert", _("Présent ailleurs : %(what)s", what=text)),
        list_alerts.EXPECTED_WITH: ("blue", "info", _("Attendu ailleurs : %(what)s", what=text)),
        list_alerts.NOT_BOOKED: ("gold", "info", _("Pas de réservation")),
        list_alerts.CANCELLED: ("blue", "info", _("Annulé %(when)s", when=when)),
        list_alerts.EXCUSED: ("blue", "info", _("Absence annoncée %(when)s", when=when)),
        list_alerts.LATE: ("gold", "info", _("Annulé trop tard, %(when)s", when=when)),
    }
    if alert.text == list_alerts.BY_CARER:
        said = _("Absence dite par une personne autorisée, %(when)s", when=when)
        sentences |= {
            code: (*sentences[code][:2], said)
            for code in (list_alerts.CANCELLED, list_alerts.EXCUSED, list_alerts.LATE)
        }
    tone, icon, words_ = sentences[alert.code]
    about = "care" if alert.code in list_alerts.ABOUT_CARE else "day"
    return {"tone": tone, "icon": icon, "text": words_, "about": about}


def line_under_name_of_child(child: Listed) -> str:
    """Return the line under a name: to whom it goes, what it eats and may, who saw it earlier."""
    eaten = child.contents.get("diet", {})
    usual = eaten.get("menu") == shell_here().register.now.diets.usual_menu
    parts = [term_in_words(part) for part in diet.menu_and_exclusions(eaten)[usual:]]
    if carers := labels.carers_in_words(child.contents.get("pickup", {})):
        parts.insert(0, _("à remettre à %(names)s", names=carers))
    parts += labels.consents_refused_or_unanswered(child.contents.get(CONSENTS))
    if (seen := child.seen_earlier) and not seen.has_left_early:
        at, what = hour(seen.at), seen.activity
        parts.append(
            _("parti à %(hour)s (%(what)s)", hour=at, what=what)
            if seen.left_before
            else _("vu à %(hour)s (%(what)s)", hour=at, what=what)
        )
    return " · ".join(parts)


def sections_of_sheet(contents: Mapping[str, Mapping[str, object]]) -> list[Section]:
    """Return a child's sheet: what to do first, whom to call, who may collect, what it eats."""
    sections = [
        _make_section_of_sheet(labels.PROJECTIONS["allergies"], _allergy_lines(contents)),
        _make_section_of_sheet(
            _("PAI : conduite à tenir"), _care_plan_lines(contents.get("care_core", {}))
        ),
        _make_section_of_sheet(labels.PROJECTIONS["treatments"], _treatment_lines(contents)),
        _make_section_of_sheet(
            _("À appeler, dans cet ordre"), _phone_lines(contents.get("care_core", {}))
        ),
        _make_section_of_sheet(labels.PROJECTIONS["pickup"], _pickup_lines(contents)),
        _make_section_of_sheet(labels.PROJECTIONS["diet"], _diet_lines(contents.get("diet", {}))),
        _make_section_of_sheet(labels.PROJECTIONS[CONSENTS], _consent_lines(contents)),
    ]
    return [section for section in sections if section["lines"]]


def _make_section_of_sheet(title: object, lines: list[Line]) -> Section:
    return {"title": str(title), "lines": lines}


def _make_line_of_sheet(term: str, text: str = "", tone: str = "", phone: str = "") -> Line:
    line = {"term": term, "text": text, "tone": tone}
    return line | {"dial": dialled_number(phone)} if phone else line


def _allergy_lines(contents: Mapping[str, JsonMapping]) -> list[Line]:
    source = contents.get("allergies") or contents.get("health_sheet") or {}
    return [
        _make_line_of_sheet(
            allergy["substance"],
            " · ".join(
                part
                for part in (str(labels.SEVERITIES[allergy["severity"]]), allergy["reaction"])
                if part
            ),
            "red" if allergy["severity"] == "severe" else "gold",
        )
        for allergy in source.get("allergies", [])
    ]


def _care_plan_lines(core: JsonMapping) -> list[Line]:
    plan = core.get("care_plan")
    if not plan:
        return []
    until = date.fromisoformat(plan["valid_until"])
    until_day = long_date(until, language_here())
    return [
        _make_line_of_sheet(_("Ce que l’on voit"), plan["signs"], "red"),
        _make_line_of_sheet(_("Ce que l’on fait"), plan["conduct"], "red"),
        _make_line_of_sheet(_("Où est la trousse"), plan["kit"], "red"),
        _make_line_of_sheet(
            _("Validité"),
            _("Expiré le %(date)s : conduite maintenue, à renouveler.", date=until_day),
        )
        if until < today()
        else _make_line_of_sheet(_("Validité"), _("Valable jusqu’au %(date)s.", date=until_day)),
    ]


def _treatment_lines(contents: Mapping[str, JsonMapping]) -> list[Line]:
    source = contents.get("treatments") or contents.get("health_sheet") or {}
    return [
        _make_line_of_sheet(
            treatment["name"],
            ", ".join(part for part in (treatment["dosage"], treatment["moment"]) if part),
        )
        for treatment in source.get("treatments", [])
    ]


def _phone_lines(core: JsonMapping) -> list[Line]:
    return [
        _make_line_of_sheet(
            f"{at}. {person['name']}", phone_number(person["phone"]), phone=person["phone"]
        )
        for at, person in enumerate(core.get("numbers", []), 1)
    ]


def _pickup_lines(contents: Mapping[str, JsonMapping]) -> list[Line]:
    barred = [
        _make_line_of_sheet(_("Ne pas remettre à %(name)s", name=name), "", "red")
        for name in contents.get("care_core", {}).get("not_to_hand_over", [])
    ]
    if "pickup" not in contents:
        return barred
    carers = labels.carers_in_words(contents["pickup"])
    by_right = (
        [
            _make_line_of_sheet(_("Enfant confié à %(names)s", names=carers), "", "gold"),
            _make_line_of_sheet(_("Toute autre personne, parents compris : avec son accord")),
        ]
        if carers
        else [_make_line_of_sheet(_("Les parents qui ont l’autorité parentale"))]
    )
    return [*barred, *by_right] + [
        _make_line_of_sheet(
            person["name"],
            ", ".join(
                part for part in (person["relation"], phone_number(person["phone"] or "")) if part
            ),
            phone=person["phone"] or "",
        )
        for person in contents["pickup"]["people"]
    ]


def _diet_lines(content: Mapping[str, object]) -> list[Line]:
    eaten = [term_in_words(part) for part in diet.menu_and_exclusions(content)]
    return [_make_line_of_sheet(eaten[0], ", ".join(eaten[1:]))] if eaten else []


def _consent_lines(contents: Mapping[str, Mapping[str, object]]) -> list[Line]:
    content = contents.get(CONSENTS)
    lines = lines_in_words(lines_of_consents(content)) if content else []
    return [_make_line_of_sheet(term, text) for term, text in lines]


def day_in_words(day: date) -> str:
    """Return a day in words, for the head of a list."""
    return day_label(day, language_here(), today())
