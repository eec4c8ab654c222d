"""Lists of a day and of a week: who is expected, and how many meals the kitchen makes."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from babel.dates import format_date
from flask import url_for
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.enrolment.attendance.roll_call.rules import list_alerts
from services.enrolment.attendance.roll_call.rules.list_alerts import Alert
from services.enrolment.bookings.queries.expected_children import ExpectedChild, MeetingOfDay
from services.enrolment.bookings.queries.kitchen_week import ALL, WITHOUT, Week, WeekLine
from services.enrolment.desk.page_parts import labels
from services.enrolment.desk.page_parts.list_columns import FAMILY_NAME, birth_column, name_column
from services.enrolment.desk.roll_call.care_labels import alert_labels
from shared.json_values import JsonMapping
from shared.web.agents.lists.columns import NUMBER, Column, List
from shared.web.language.diet_labels import diet_words
from shared.web.language.languages import language_here
from shared.web.language.translated_labels import State
from shared.web.language.typography import hour, phone_number, without_capital

T = TypeVar("T")

CHANGES: dict[str, LazyString] = {
    list_alerts.CHANGED: _l("Santé"),
    list_alerts.HANDOVER_CHANGED: _l("Remise"),
}
MARKS: dict[str, LazyString] = {
    "present": _l("Présent"),
    "absent": _l("Absent"),
    "left": _l("Parti"),
}


SITE, ACTIVITY, GROUP, STARTS, ENDS = "site", "activite", "groupe", "debut", "fin"
MARK = "pointage"
OF_MEETING: dict[str, Callable[[MeetingOfDay | ExpectedChild], str]] = {
    SITE: lambda at: at.site,
    ACTIVITY: lambda at: at.activity,
    GROUP: lambda at: at.group,
    STARTS: lambda at: hour(at.starts_at),
    ENDS: lambda at: hour(at.ends_at),
}
"""Columns that are alike for all children of a session."""

ALLOWED = "autorisations"
"""The column of what parents allow, in the words of the roll call."""


def expected_list(opened: Set[str]) -> List[ExpectedChild]:
    """
    Return who is expected on a day, by site and hour; printed, with room for a signature.

    `opened` are the children whose pages the reader may open: who has left is on past days alone.
    """
    columns: list[Column[ExpectedChild]] = [
        _name_column(lambda row: row, opened),
        birth_column(),
        Column(SITE, _l("Site"), OF_MEETING[SITE], filtered=True),
        Column(ACTIVITY, _l("Activité"), OF_MEETING[ACTIVITY], filtered=True),
        Column(GROUP, _l("Groupe"), OF_MEETING[GROUP], filtered=True),
        Column(STARTS, _l("Début"), OF_MEETING[STARTS], filtered=True),
        Column(ENDS, _l("Fin"), OF_MEETING[ENDS]),
        Column(MARK, _l("Pointage"), lambda row: attendance_mark_in_words(row.mark), filtered=True),
    ]
    return List(_l("Enfants attendus"), columns, index=FAMILY_NAME, keep=("jour",))


@dataclass(frozen=True)
class Collected:
    """
    A child who is expected, with whom to call, to whom it goes, what its parents allow.

    `changes` is what of it arrived on the day itself: a list that was printed before is without it.
    """

    child: ExpectedChild
    core: JsonMapping
    pickup: JsonMapping
    consents: Mapping[str, object]
    changes: Sequence[Alert]


def collecting_list(opened: Set[str], *, with_pickup: bool, with_consents: bool) -> List[Collected]:
    """Return the list for the door and for emergencies, as far as the reader sees it."""
    columns: list[Column[Collected]] = [
        _name_column(lambda row: row.child, opened),
        Column("recu", _l("Reçu ce jour"), _changes_in_words, state=_tone_of_changes),
        Column(SITE, _l("Site"), lambda row: row.child.site, filtered=True),
        Column(GROUP, _l("Groupe"), lambda row: row.child.group, filtered=True),
        Column(ENDS, _l("Fin"), lambda row: OF_MEETING[ENDS](row.child), filtered=True),
        Column(
            "barre",
            _l("Ne pas remettre à"),
            lambda row: tuple(row.core.get("not_to_hand_over", ())),
        ),
        Column("venir", _l("Peut venir aussi"), _people_who_may_collect),
        Column(ALLOWED, _l("Autorisations"), _consents_in_words, filtered=True),
        Column("appeler", _l("À appeler"), _numbers_to_call),
        Column("pai", _l("PAI : conduite à tenir"), _care_plan),
    ]
    title = _l("Remise des enfants et urgences")
    whole = List(title, columns, index=FAMILY_NAME, keep=("jour",))
    unseen = [*([] if with_pickup else ["venir"]), *([] if with_consents else [ALLOWED])]
    return whole.without_columns(*unseen)


def week_list(week: Week, *, with_diets: bool) -> List[WeekLine]:
    """Return the kitchen's list of a week: a column for each day with a service."""
    columns: list[Column[WeekLine]] = [
        Column("groupe", _l("Groupe"), lambda line: line.group, filtered=True),
        Column("site", _l("Site"), lambda line: line.site, filtered=True),
        Column("activite", _l("Activité"), lambda line: line.activity, filtered=True),
        Column("regime", _l("Régime"), _diet_of_line, filtered=True),
        *(_day_column(day) for day in week.days),
        Column("semaine", _l("Semaine"), lambda line: line.total, NUMBER),
    ]
    title = _l("Repas de la semaine")
    whole = List(title, columns, keep=("lundi",))
    return whole if with_diets else whole.without_columns("regime")


def week_lines_with_sum_of_sites(week: Week) -> list[WeekLine]:
    """Return the lines of a week, and below them one that sums all sites."""
    if not week.lines:
        return []
    return [*week.lines, WeekLine("", "", _("Ensemble"), ALL, "", week.all)]


def _name_column(child_of: Callable[[T], ExpectedChild], opened: Set[str]) -> Column[T]:
    """Return the column of names, with a link where the child's page is there for the reader."""

    def address_of_child_page(row: T) -> str:
        child_id = child_of(row).child_id
        return url_for("children.show", child_id=child_id) if child_id in opened else ""

    return name_column(lambda row: _name_or_not_yet_arrived(child_of(row)), address_of_child_page)


def _day_column(day: date) -> Column[WeekLine]:
    label = format_date(day, "EEE d MMM", locale=language_here())
    return Column(day.isoformat(), label, lambda line: line.days.get(day, 0), NUMBER)


def _diet_of_line(line: WeekLine) -> str:
    if line.kind == ALL:
        return _("Total")
    if line.kind == WITHOUT:
        return _("dont %(food)s", food=without_capital(diet_words(line.code)))
    return labels.menu_label(line.code)


def attendance_mark_in_words(mark: str) -> str:
    return str(MARKS.get(mark, ""))


def _consents_in_words(row: Collected) -> tuple[str, ...]:
    return what_is_allowed(row.consents)


def what_is_allowed(consents: Mapping[str, object]) -> tuple[str, ...]:
    """Return in words what parents allow, or that they have not said."""
    return tuple(labels.consents_refused_or_unanswered(consents or None))


def _changes_in_words(row: Collected) -> tuple[str, ...]:
    """Say what arrived and when; the column's title says on which day, and that it was received."""
    return tuple(
        f"{CHANGES[change.code]} {hour(change.at, language_here())}"
        for change in row.changes
        if change.at
    )


def _tone_of_changes(row: Collected) -> State | None:
    if not row.changes:
        return None
    first = alert_labels(row.changes[0])
    return first["tone"], first["icon"], first["text"]


def _people_who_may_collect(row: Collected) -> tuple[str, ...]:
    people = tuple(_name_and_phone_number(person) for person in row.pickup.get("people", ()))
    if carers := labels.carers_in_words(row.pickup):
        return (_("confié à %(names)s : autres avec son accord", names=carers), *people)
    return people


def _numbers_to_call(row: Collected) -> tuple[str, ...]:
    return tuple(_name_and_phone_number(person) for person in row.core.get("numbers", ()))


def _name_and_phone_number(person: Mapping[str, str]) -> str:
    phone = person.get("phone", "")
    return f"{person['name']} {phone_number(phone)}" if phone else person["name"]


def _care_plan(row: Collected) -> str:
    plan = row.core.get("care_plan")
    return " · ".join((plan["signs"], plan["conduct"], plan["kit"])) if plan else ""


def _name_or_not_yet_arrived(row: ExpectedChild) -> tuple[str, str]:
    return row.listed_name if any(row.listed_name) else (label_of_name_not_yet_arrived(), "")


def label_of_name_not_yet_arrived() -> str:
    """Return what stands for the name of a child whose file has not come."""
    return _("Enfant dont le nom n’est pas encore arrivé")
