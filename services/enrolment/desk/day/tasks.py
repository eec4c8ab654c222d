"""Tasks of the agent on home: each a link to where the act is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from services.enrolment.attendance.roll_call.queries.sessions_of_day import Meeting
from services.enrolment.attendance.roll_call.queries.unlisted_children import Unreconciled
from services.enrolment.children.rules.visibility import Visibility
from services.enrolment.desk.staff.labels import (
    hours,
    missing_staff_sentence,
    planned_and_needed_sentence,
)
from services.enrolment.desk.staff.week import Gap
from services.enrolment.families.queries.same_child import DoublePlaces
from services.enrolment.jobs.unseen_health import Unseen
from services.enrolment.kitchen.rules.order_states import OrderGap
from services.enrolment.models import Tablet
from services.enrolment.school_year.enrolments.queries.pending_count import WaitingSchools
from shared.dates.clock import today
from shared.web.language.languages import language_here
from shared.web.language.typography import day as day_label

NAMED = 3
"""Names that a line of home shows; the others stand where it leads."""


@dataclass(frozen=True)
class Task:
    """One line: a tone, a drawing, what is to do, of whom, and where it is done."""

    tone: str
    icon: str
    words: str
    hint: str
    href: str


@dataclass(frozen=True)
class Waiting:
    """All that may wait for an agent; what its roles do not do is empty."""

    late: Sequence[Unseen] = ()
    opens_late: str = ""
    """The first of these whose page the agent may open; "" for who may open none."""
    to_see: int = 0
    gaps: Sequence[Gap] = ()
    """Sites and hours with too few staff today."""
    unclosed: Sequence[Meeting] = ()
    unknown: Sequence[Unreconciled] = ()
    doubled: Sequence[DoublePlaces] = ()
    unsent: Sequence[Tablet] = ()
    applications: int = 0
    messages: int = 0
    schools: WaitingSchools | None = None
    menu_day: date | None = None
    """The next day with meals, whose menu concerns so many children (`on_menu`)."""
    on_menu: int = 0
    orders: Sequence[OrderGap] = ()
    """Orders of meals that no longer fit who is expected."""


def tasks_of_home_page(waiting: Waiting, sight: Visibility) -> list[Task]:
    """Return the lines of home: what may harm a child first, then what somebody waits for."""
    return [
        *_health_tasks(waiting, sight),
        *_order_tasks(waiting),
        *_staff_tasks(waiting),
        *_roll_call_tasks(waiting),
        *_family_tasks(waiting),
    ]


def _health_tasks(waiting: Waiting, sight: Visibility) -> Iterator[Task]:
    if waiting.late:
        words = ngettext(
            "%(num)d enfant vient %(when)s, et son information de santé n’a pas été vue",
            "%(num)d enfants viennent %(when)s, et leur information de santé n’a pas été vue",
            len(waiting.late),
            when=_latest_day_in_words([each.day for each in waiting.late]),
        )
        names = [f"{each.first_name} {each.last_name}".strip() for each in waiting.late]
        yield Task(
            "red",
            "alert",
            words,
            _names_with_count_of_others(names),
            _address_of_late_health(waiting, sight),
        )
    if waiting.menu_day and waiting.on_menu:
        words = ngettext(
            "Le menu de %(day)s concerne l’allergie de %(num)d enfant",
            "Le menu de %(day)s concerne l’allergie de %(num)d enfants",
            waiting.on_menu,
            day=day_label(waiting.menu_day, language_here(), today()),
        )
        href = url_for("kitchen.show", jour=waiting.menu_day.isoformat())
        yield Task("red", "meal", words, _("repas à prévoir, ou allergènes à vérifier"), href)
    if waiting.to_see:
        words = ngettext(
            "%(num)d enfant a une information nouvelle pour vous",
            "%(num)d enfants ont une information nouvelle pour vous",
            waiting.to_see,
        )
        hint = _("à voir l’un après l’autre, ou par groupe")
        yield Task("gold", "seen", words, hint, url_for("waiting.show_children_with_unseen"))


def _order_tasks(waiting: Waiting) -> Iterator[Task]:
    """Say of each order of meals that it no longer fits: who closed a school told no kitchen."""
    for gap in waiting.orders:
        day = day_label(gap.day, language_here(), today())
        href = url_for("kitchen.show", jour=gap.day.isoformat())
        if gap.lacking:
            words = ngettext(
                "Il manque %(num)d repas à la commande du %(day)s",
                "Il manque %(num)d repas à la commande du %(day)s",
                gap.lacking,
                day=day,
            )
            hint = _("plus d’enfants y mangent que de repas commandés")
            yield Task("red", "meal", words, hint, href)
        if gap.for_nobody:
            words = _(
                "Dans la commande du %(day)s, %(num)d repas là où personne ne mange",
                day=day,
                num=gap.for_nobody,
            )
            yield Task("gold", "meal", words, _("une fermeture, une sortie : à changer"), href)


def _latest_day_in_words(days: Sequence[date]) -> str:
    """Return by when all of these days have come: a next session may be days ahead."""
    last = max(days)
    if last <= today():
        return _("aujourd’hui")
    said = day_label(last, language_here(), today())
    return _("le %(day)s", day=said) if min(days) == last else _("d’ici au %(day)s", day=said)


def _address_of_late_health(waiting: Waiting, sight: Visibility) -> str:
    """Return where late health is seen: in turn by who marks it, at the child by who reads it."""
    if sight.sight_anywhere.marks:
        return url_for("waiting.show_next")
    if waiting.opens_late:
        return url_for("children.show", child_id=waiting.opens_late)
    return url_for("expected.show", jour=waiting.late[0].day.isoformat())


def _staff_tasks(waiting: Waiting) -> Iterator[Task]:
    for gap in waiting.gaps[:NAMED]:
        when = _("maintenant") if gap.now else hours(gap.span.starts, gap.span.ends)
        words = _(
            "%(site)s, %(when)s : %(missing)s",
            site=gap.site,
            when=when,
            missing=missing_staff_sentence(gap.span),
        )
        hint = planned_and_needed_sentence(gap.span)
        yield Task("red", "account", words, hint, url_for("staff.show", lieu=gap.site))
    more = len(waiting.gaps) - NAMED
    if more > 0:
        words = ngettext(
            "Et %(num)d autre lieu sans assez de personnes",
            "Et %(num)d autres lieux sans assez de personnes",
            more,
        )
        yield Task("red", "account", words, "", url_for("staff.show"))


def _roll_call_tasks(waiting: Waiting) -> Iterator[Task]:
    if waiting.unclosed:
        words = ngettext(
            "%(num)d pointage d’un jour passé n’est pas clôturé",
            "%(num)d pointages de jours passés ne sont pas clôturés",
            len(waiting.unclosed),
        )
        names = [f"{each.activity}, {each.group}" for each in waiting.unclosed]
        yield Task(
            "gold",
            "check",
            words,
            _names_with_count_of_others(names),
            address_of_roll_call(waiting.unclosed[0]),
        )
    for child in waiting.unknown:
        words = _("Enfant à reconnaître : %(name)s", name=child.name or _("nom illisible"))
        hint = f"{child.activity} · {child.group}"
        href = url_for("today.show_unknown_child", unknown_id=child.unknown_id)
        yield Task("gold", "children", words, hint, href)
    for tablet in waiting.unsent:
        words = ngettext(
            "%(label)s a %(num)d pointage pas encore envoyé",
            "%(label)s a %(num)d pointages pas encore envoyés",
            tablet.unsent,
            label=tablet.label,
        )
        yield Task("gold", "offline", words, _("Dit par la tablette"), url_for("tablets.show"))


def _family_tasks(waiting: Waiting) -> Iterator[Task]:
    for child in waiting.doubled:
        name = f"{child.first_name} {child.last_name}"
        words = _("%(name)s a des places sous deux numéros : rendez celle en trop", name=name)
        for child_id, activity, group in child.places:
            href = url_for("children.show", child_id=child_id)
            yield Task("gold", "info", words, f"{activity} · {group}", href)
    if waiting.messages:
        words = ngettext(
            "%(num)d message attend une réponse",
            "%(num)d messages attendent une réponse",
            waiting.messages,
        )
        yield Task("blue", "message", words, "", url_for("messages.show"))
    if waiting.applications:
        words = ngettext(
            "%(num)d demande de place à décider",
            "%(num)d demandes de place à décider",
            waiting.applications,
        )
        yield Task("blue", "sent", words, "", url_for("applications.show"))
    if waiting.schools and waiting.schools.requests:
        words = ngettext(
            "%(num)d demande d’école à décider",
            "%(num)d demandes d’école à décider",
            waiting.schools.requests,
        )
        yield Task("blue", "school", words, "", url_for("school_requests.show"))
    if waiting.schools and waiting.schools.waivers:
        words = ngettext(
            "%(num)d dérogation devant la commission",
            "%(num)d dérogations devant la commission",
            waiting.schools.waivers,
        )
        yield Task("blue", "school", words, "", url_for("school_waivers.show"))


def address_of_roll_call(meeting: Meeting) -> str:
    """Return where one session's roll is called."""
    return url_for("roll_call.show", _anchor=f"seance={meeting.session_id}")


def _names_with_count_of_others(names: Sequence[str]) -> str:
    """Return some names, and how many more there are."""
    shown = ", ".join(name for name in names[:NAMED] if name)
    more = len(names) - NAMED
    if more <= 0:
        return shown
    return _("%(names)s et %(num)s autres", names=shown, num=more)
