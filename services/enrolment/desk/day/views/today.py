"""The home of the desk: today's sessions for who calls the roll or answers for the day."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from services.enrolment.attendance.handovers_between_services.queries import (
    handovers_due as handovers_queries,
)
from services.enrolment.attendance.roll_call.commands import closing as roll_call
from services.enrolment.attendance.roll_call.queries.sessions_of_day import (
    Meeting,
    sessions_of_day_within_reach,
    unclosed_past_sessions,
)
from services.enrolment.attendance.roll_call.queries.unlisted_children import (
    Unreconciled,
    unlisted_children_to_recognise,
)
from services.enrolment.attendance.staff.queries.plannable_sites import stated_declaration_terms
from services.enrolment.attendance.tablets.queries import tablets_and_duties as tablets
from services.enrolment.children.queries.reach_of_right import EVERYWHERE
from services.enrolment.children.queries.search_index import child_card, find_children
from services.enrolment.children.queries.unseen_contents import children_with_unseen
from services.enrolment.children.rules.distinct_names import Named, display_names
from services.enrolment.children.rules.visibility import Visibility
from services.enrolment.conversations.queries.inbox import count_to_answer
from services.enrolment.desk.access import agent, reach_of_agent
from services.enrolment.desk.day.tasks import Waiting, address_of_roll_call, tasks_of_home_page
from services.enrolment.desk.day.views.expected_children import codes_of_food_activities
from services.enrolment.desk.kitchen.access import (
    is_caterer,
    is_kitchen_shown_to_agent,
    kitchen_here,
)
from services.enrolment.desk.school_year.schools.pending_requests import count_waiting_for_agent
from services.enrolment.desk.school_year.schools.reach_of_agent import has_school_regime
from services.enrolment.desk.staff.access import (
    declaration_terms_by_activity,
    is_staff_shown_to_agent,
)
from services.enrolment.desk.staff.week import gaps_of_today
from services.enrolment.families.queries.same_child import children_with_double_places
from services.enrolment.jobs.unseen_health import Unseen, children_unseen_on_eve
from services.enrolment.kitchen.queries.children_concerned import children_concerned
from services.enrolment.kitchen.queries.menus import days_of_next_meals
from services.enrolment.kitchen.queries.orders import gaps_of_orders
from services.enrolment.models import Tablet
from services.enrolment.offer.queries.calendar_days import special_periods
from services.enrolment.places.applications.queries.desk_lists import count_to_decide
from services.enrolment.store import store, vault
from shared.contracts.errors import NotFound
from shared.database import Read, Write
from shared.dates.clock import now, today
from shared.register.entitlement import CONVERSATIONS

blueprint = Blueprint("today", __name__)

BOARD = frozenset({"roll_call", "day"})
LONGEST_QUERY = 80


@blueprint.get("/")
@agent.for_signed_in_agents
def show() -> ResponseReturnValue:
    """Show the day; who has none goes to what their roles open."""
    person = agent.require_agent()
    anywhere = person.sight.sight_anywhere
    if is_caterer() and "day" in person.sight.permissions:
        return redirect(url_for("received.show"))
    if anywhere.permissions & BOARD and not is_caterer():
        return _page_of_the_day(person)
    if first := _first_page(anywhere):
        return redirect(url_for(first))
    return render_template("desk/no_right.html", known=person.known)


def _first_page(anywhere: Visibility) -> str:
    """Return where who neither calls the roll nor answers for the day begins; "" for nobody."""
    pages = (
        ("waiting.show_children_with_unseen", anywhere.any_child),
        ("schools.show", bool(anywhere.sees_at_own_schools) and has_school_regime()),
        ("applications.show", "applications" in anywhere.permissions),
        ("messages.show", CONVERSATIONS in anywhere.permissions),
        ("regie_overview.show", "regie" in anywhere.permissions),
        ("agents.show", anywhere.administers),
    )
    return next((page for page, is_theirs in pages if is_theirs), "")


@blueprint.get("/a-reconnaitre/<uuid:unknown_id>")
@reach_of_agent.requires_permission("roll_call")
def show_unknown_child(unknown_id: UUID) -> str:
    """Show a child who came and was on no list, and look for who it was."""
    query = request.args.get("q", "")[:LONGEST_QUERY].strip()
    with store.read() as read:
        unknown = _require_unknown_child(
            unlisted_children_to_recognise(read, vault, str(unknown_id))
        )
        children, more = find_children(
            read, query or unknown.name, reach_of_agent.reach_of_page_permission(read)
        )
    names = display_names(
        Named(card.child_id, card.first_name, card.last_name, card.birth_date) for card in children
    )
    return render_template(
        "desk/unknown.html", unknown=unknown, query=query, children=children, names=names, more=more
    )


@blueprint.post("/a-reconnaitre/<uuid:unknown_id>")
@reach_of_agent.requires_permission("roll_call")
def reconcile_unknown_child(unknown_id: UUID) -> Response:
    """Say who it was; without a child, that it was an entry by mistake."""
    child_id = request.form.get("child_id") or None
    try:
        with store.write() as write:
            if child_id and not _is_child_here(write, child_id):
                raise NotFound
            by = agent.require_agent().session.subject
            roll_call.assign_unknown_child(write, vault, str(unknown_id), child_id, by, now())
    except NotFound:
        abort(404)
    return redirect(url_for("today.show"), 303)


def _is_child_here(write: Write, child_id: str) -> bool:
    card = child_card(write, child_id)
    return card is not None and reach_of_agent.reach_of_page_permission(write).has_child(
        write, child_id
    )


def _page_of_the_day(person: agent.Agent) -> str:
    moment = now()
    with store.read() as read:
        board, called = (
            reach_of_agent.reach_of_permissions(read, *BOARD),
            reach_of_agent.reach_of_permissions(read, "roll_call"),
        )
        meetings = sessions_of_day_within_reach(read, today(), board)
        earlier = unclosed_past_sessions(read, today(), board)
        missed = handovers_queries.count_missed_children(read, today(), moment, called)
        waiting = _waiting_work_of_agent(read, person.sight, earlier, moment)
        special = special_periods(read, today(), today())
    return render_template(
        "desk/today.html",
        running=[each for each in meetings if each.starts_at <= moment < each.ends_at],
        coming=[each for each in meetings if moment < each.starts_at],
        over=[each for each in meetings if each.ends_at <= moment],
        earlier=earlier,
        special=special,
        tasks=tasks_of_home_page(waiting, person.sight),
        missed=missed,
        moment=moment,
        called=called,
        closes=bool(person.sight.places_with_permissions("day")),
        kitchen=codes_of_food_activities(),
        address_of_roll=address_of_roll_call,
    )


def _waiting_work_of_agent(
    read: Read, sight: Visibility, unclosed: Sequence[Meeting], moment: datetime
) -> Waiting:
    """Return what waits for an agent, each within the reach of the role that acts on it."""
    board, called = (
        reach_of_agent.reach_of_permissions(read, *BOARD),
        reach_of_agent.reach_of_permissions(read, "roll_call"),
    )
    day = reach_of_agent.reach_of_permissions(read, "day")
    menu_day, on_menu = _next_meals_and_count_concerned(read, sight)
    late = children_unseen_on_eve(
        read, vault, agent.projections_somebody_here_must_see(), moment, board
    )
    return Waiting(
        late=late,
        opens_late=_address_of_first_openable_child(read, late),
        gaps=gaps_of_today(
            read, day, moment, declaration_terms_by_activity(stated_declaration_terms(read))
        )
        if is_staff_shown_to_agent(sight)
        else (),
        to_see=children_with_unseen(read, sight, 0, today())[1],
        unclosed=[each for each in unclosed if called.has_group(each.group_id)],
        unknown=unlisted_children_to_recognise(read, vault, reach=called),
        doubled=children_with_double_places(read, today(), day.groups),
        unsent=_tablets_with_unsent(read) if board is EVERYWHERE else (),
        applications=count_to_decide(
            read, reach_of_agent.reach_of_permissions(read, "applications")
        ),
        messages=count_to_answer(read, reach_of_agent.reach_of_permissions(read, CONVERSATIONS)),
        schools=count_waiting_for_agent(read),
        menu_day=menu_day,
        on_menu=on_menu,
        orders=gaps_of_orders(read, kitchen_here(), moment)
        if is_kitchen_shown_to_agent(sight)
        else (),
    )


def _next_meals_and_count_concerned(read: Read, sight: Visibility) -> tuple[date | None, int]:
    """Return the next day with meals, and how many children its menu concerns, to the kitchen."""
    if not is_kitchen_shown_to_agent(sight):
        return None, 0
    kitchen = kitchen_here()
    days = days_of_next_meals(read, kitchen.codes, now())
    for day in days:
        if concerned := {row.child_id for row in children_concerned(read, vault, day, kitchen)}:
            return day, len(concerned)
    return days[-1], 0


def _address_of_first_openable_child(read: Read, late: Sequence[Unseen]) -> str:
    """Return the first of these children whose page the agent may open, "" without one."""
    ids = (child.child_id for child in late)
    return next((each for each in ids if reach_of_agent.sight_of_child(read, each).any_child), "")


def _tablets_with_unsent(read: Read) -> list[Tablet]:
    return [tablet for tablet in tablets.enrolled_tablets(read) if tablet.unsent]


def _require_unknown_child(waiting: list[Unreconciled]) -> Unreconciled:
    if not waiting:
        abort(404)
    return waiting[0]
