"""Outings: a class that is away for some days, and the children of it who stay."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.children.commands.sheet_reading import publish_projection_read
from services.enrolment.desk.access import agent, reach_of_agent
from services.enrolment.desk.offer import labels as offer_labels
from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.models import Activity, Group
from services.enrolment.offer.commands import outings
from services.enrolment.offer.commands.outings import GroupFull, Outing
from services.enrolment.offer.queries import outing_choices
from services.enrolment.offer.queries.outing_choices import SCHOOLING, SchoolClass
from services.enrolment.store import store, vault
from shared.database import Read, Write
from shared.dates.clock import now, today
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

blueprint = desk_blueprint("outings", "/sorties", labels=offer_labels)

ALL = "toutes"
"""The choice of all activities of the service: a class that is away the whole day misses each."""
LONGEST = timedelta(days=31)
CHOSEN = ("school_class", "activity", "first", "last")
KEPT = ("school_class", "first", "last")
"""Chosen parts that are chosen still after an outing: a class that is away may miss care too."""


@dataclass(frozen=True)
class Choice:
    """Chosen class, activities and days of an outing, with the children of the class."""

    school_class: SchoolClass
    activities: Sequence[Activity]
    first: date
    last: date
    children: frozenset[str]

    @property
    def activity_ids(self) -> list[str]:
        return [activity.id for activity in self.activities]


@blueprint.get("")
@reach_of_agent.requires_permission("day")
def show() -> str:
    """Choose a class, an activity and days; then see the children of the class."""
    _require_classes()
    return _page(Form({name: request.args.get(name, "") for name in CHOSEN}))


@blueprint.post("")
@reach_of_agent.requires_permission("day")
def declare_class_outing() -> ResponseReturnValue:
    """Cancel what those who leave had booked; those who stay may go to another group."""
    _require_classes()
    form = Form({name: request.form.get(name, "") for name in (*CHOSEN, "group", "picnic")})
    form.values["leaving"] = request.form.getlist("leaving")
    with store.read() as read:
        choice = _read_class_activity_and_days(
            form,
            _classes_here(read),
            outing_choices.running_activities(read, reach_of_agent.reach_of_page_permission(read)),
        )
        if choice is not None:
            _check_group_is_a_choice(form, _groups_for_who_stays(read, choice))
    if choice is None or form.errors:
        return _page(form), 422
    try:
        with store.write() as write:
            outing, subject = _outing_of_form(form, choice), agent.require_agent().session.subject
            done = outings.declare_outing(write, outing, subject, now())
    except GroupFull as full:
        form.errors["group"] = _full_group_sentence(full)
        return _page(form), 422
    flash(f"{done.closed} {done.moved}")
    kept = urlencode({name: form.value(name) for name in KEPT})
    return redirect(f"{url_for('outings.show')}?{kept}", 303)


def _outing_of_form(form: Form, choice: Choice) -> Outing:
    leaving = choice.children & set(form.values["leaving"])
    return Outing(
        choice.activity_ids,
        choice.first,
        choice.last,
        leaving,
        choice.children - leaving,
        form.value("group") or None,
        bool(form.value("picnic")),
        " · ".join(choice.school_class),
    )


def _read_class_activity_and_days(
    form: Form, classes: dict[SchoolClass, list[str]], activities: Collection[Activity]
) -> Choice | None:
    """Return what is chosen, None until all of it is; what is wrong is put into the form."""
    first = read_day(form.value("first"))
    last = read_day(form.value("last")) if form.value("last") else first
    named = {_class_as_form_value(school_class): school_class for school_class in classes}
    school_class = named.get(form.value("school_class"))
    asked = form.value("activity")
    chosen = [activity for activity in activities if asked in (activity.id, ALL)]
    if form.value("activity") and not first:
        form.errors["first"] = _("Écrivez le premier jour.")
    if form.value("last") and not last:
        form.errors["last"] = _("Écrivez le dernier jour : le premier, ou plus tard.")
    if first and last and not first <= last <= first + LONGEST:
        form.errors["last"] = _("Cette date vient après la première, d’un mois au plus.")
    if first and first < today():
        form.errors["first"] = _("Ce jour est passé.")
    if form.errors or not (school_class and chosen and first and last):
        return None
    return Choice(school_class, chosen, first, last, frozenset(classes[school_class]))


def _check_group_is_a_choice(form: Form, groups: Collection[Group]) -> None:
    if form.value("group") not in {code for code, _words in _group_choices(groups)}:
        form.errors["group"] = _("Choisissez un groupe de cette activité.")
        form.values["group"] = ""


def _page(form: Form) -> str:
    cards: list[Any] = []
    counts: dict[str, int] = {}
    groups: list[Group] = []
    with store.read() as read:  # every child's class is opened: no write may wait for that
        classes = _classes_here(read)
        activities = outing_choices.running_activities(
            read, reach_of_agent.reach_of_page_permission(read)
        )
        choice = _read_class_activity_and_days(form, classes, activities)
    if choice:
        with store.write() as write:
            cards = _children_of_class(write, choice)
            counts = _count_booked_days_by_child(write, choice)
            groups = _groups_for_who_stays(write, choice)
    form.labels = {"first": _("Du"), "last": _("Au"), "group": _("Ceux qui restent")}
    return render_template(
        "desk/day/outings.html",
        form=form,
        choice=choice,
        classes=[
            (
                _class_as_form_value(school_class),
                " · ".join(school_class),
                len(classes[school_class]),
            )
            for school_class in classes
        ],
        activities=[(activity.id, activity.label) for activity in activities],
        all_activities=ALL,
        groups=_group_choices(groups),
        cards=cards,
        counts=counts,
        all_leave="leaving" not in form.values,
    )


def _classes_here(read: Read) -> dict[SchoolClass, list[str]]:
    """Return the classes of the children of whom the agent may decide and sees the class."""
    seeing = reach_of_agent.reach_seeing(read, SCHOOLING)
    return outing_choices.school_classes(
        read, vault, reach_of_agent.reach_of_page_permission(read), seeing
    )


def _children_of_class(write: Write, choice: Choice) -> list[Any]:
    """Return the class's children by name; each was read by this person (rule R13)."""
    person = agent.require_agent()
    for child_id in sorted(choice.children):
        role = reach_of_agent.sight_of_child(write, child_id).sees[SCHOOLING]
        publish_projection_read(write, role, person.session.subject, child_id, SCHOOLING, now())
    return outing_choices.pupil_cards(write, choice.children)


def _count_booked_days_by_child(write: Write, choice: Choice) -> dict[str, int]:
    days = (choice.first, choice.last)
    return outing_choices.count_booked_days_by_child(
        write, choice.activity_ids, days, choice.children
    )


def _groups_for_who_stays(read: Read | Write, choice: Choice) -> list[Group]:
    """Return the groups to which who stays may go: of one activity, as each has its own."""
    if len(choice.activities) > 1:
        return []
    return outing_choices.groups_of_activity(read, choice.activities[0].id)


def _group_choices(groups: Collection[Group]) -> list[tuple[str, str]]:
    return [("", _("Ils restent dans leur groupe")), *((group.id, group.label) for group in groups)]


def _class_as_form_value(school_class: SchoolClass) -> str:
    return "|".join(school_class)


def _full_group_sentence(full: GroupFull) -> str:
    day = offer_labels.day(date.fromisoformat(full.detail["day"]))
    return _("Ce groupe n’a pas assez de places : %(day)s.", day=day)


def _require_classes() -> None:
    """Answer 404 at a provider that does not receive the class of children."""
    if SCHOOLING not in agent.require_agent().sight.sight_anywhere.sees:
        abort(404)
