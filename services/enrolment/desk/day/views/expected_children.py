"""Children expected: counted for the kitchen and the rooms, listed by name, meals of a week."""

import functools
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from itertools import chain

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session as Database
from werkzeug.wrappers import Response

from services.enrolment.attendance.roll_call.rules.list_alerts import changes_at_door
from services.enrolment.bookings.queries.expected_children import ExpectedChild
from services.enrolment.bookings.queries.expected_counts import (
    DIET,
    counts_of_day_within_reach,
    make_diets_reader,
)
from services.enrolment.bookings.queries.kitchen_week import WeekLine, meal_counts_of_week
from services.enrolment.children.commands.sheet_reading import publish_projection_read
from services.enrolment.children.queries.contents import (
    arrivals_of_projections,
    contents_of_projection,
)
from services.enrolment.children.queries.reach_of_right import Reach
from services.enrolment.desk.access import agent, reach_of_agent
from services.enrolment.desk.access.list_export_log import note_children_in_export
from services.enrolment.desk.day.expected_and_meal_lists import (
    Collected,
    collecting_list,
    expected_list,
    week_lines_with_sum_of_sites,
    week_list,
    what_is_allowed,
)
from services.enrolment.desk.day.paged_lists_of_day import DayList
from services.enrolment.desk.offer import labels as offer_labels
from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.offer.queries.calendar_days import special_periods
from services.enrolment.store import store, vault
from shared.database.chunks import AT_ONCE, chunks
from shared.dates.clock import now, today
from shared.dates.periods import monday_of
from shared.register.entitlement import CARE_CORE, CONSENTS, COOKING, MEAL, PICKUP, SNACK
from shared.web.agents.lists.columns import List
from shared.web.agents.lists.filtering_and_sorting import Listing
from shared.web.agents.lists.list_request import file_response_of_rows, show_list
from shared.web.base.app import shell_here
from shared.web.forms.parsing import read_day

DOOR = (CARE_CORE, PICKUP, CONSENTS)
"""Sections of a child that a list for the door shows."""

Readers = Mapping[str, Mapping[str, str]]
"""The role in which an agent sees a part of a child, by part and child."""

blueprint = desk_blueprint("expected", "/effectifs", labels=offer_labels)


@blueprint.get("")
@reach_of_agent.requires_permission("roll_call", "day")
def show() -> str:
    """Show a day's counts; menus stand there for who sees diets."""
    day = read_day(request.args.get("jour", "")) or today()
    with store.read() as read:
        here, dieted = (
            reach_of_agent.reach_of_page_permission(read),
            reach_of_agent.reach_seeing(read, DIET),
        )
        diets = make_diets_reader(read, vault) if dieted.holds_anywhere else None
        counts = counts_of_day_within_reach(read, day, diets, here, dieted)
        sees_names = _reach_of_names(read).holds_anywhere
        special = special_periods(read, day, day)
    return render_template(
        "desk/day/expected.html",
        day=day,
        counts=counts,
        special=special,
        at=now(),
        sees_names=sees_names,
        kitchen=codes_of_food_activities(),
        **_day_before_and_after(day),
    )


@blueprint.get("/enfants")
@reach_of_agent.requires_permission("roll_call", "day")
def show_children() -> ResponseReturnValue:
    """List the children of a day by site and hour: the register of presence, also on paper."""
    day = read_day(request.args.get("jour", "")) or today()
    with store.read() as read:
        listed = DayList(read, day, _require_names(read), expected_list(frozenset()))
        opened = _children_agent_may_open(read, {row.child_id for row in listed.rows})

    def page(listing: Listing[ExpectedChild]) -> str:
        return render_template(
            "desk/day/expected_children.html",
            listing=listing,
            day=day,
            **_day_before_and_after(day),
        )

    return listed.show(expected_list(opened), listed.rows, page, _note_children_in_export)


@blueprint.get("/remise")
@reach_of_agent.requires_permission("roll_call", "day")
def show_collecting() -> ResponseReturnValue:
    """List of a day whom to call, who collects, what parents allow; each reading is noted."""
    sees = agent.require_agent().sight.sight_anywhere.sees
    parts = [part for part in DOOR if part in sees]
    list_for = functools.partial(
        collecting_list, with_pickup=PICKUP in sees, with_consents=CONSENTS in sees
    )
    day = read_day(request.args.get("jour", "")) or today()
    with store.read() as read:
        consents = (
            functools.partial(_consents_in_words_by_child, read) if CONSENTS in sees else None
        )
        listed = DayList(read, day, _require_names(read), list_for(frozenset()), consents)
        if listed.is_file_of_part:
            return _collecting_file(read, list_for(frozenset()), listed.rows, day, parts)
        opened = _children_agent_may_open(read, {child.child_id for child in listed.rows})
        rows, readers = _collected_children(read, listed.rows, day, parts)

    def page(listing: Listing[Collected]) -> str:
        _publish_read(listing.rows_shown, readers)
        return render_template(
            "desk/day/collecting.html", listing=listing, day=day, **_day_before_and_after(day)
        )

    note = functools.partial(_note_collecting_list_export, parts=parts)
    return listed.show(list_for(opened), rows, page, note)


@blueprint.get("/semaine")
@reach_of_agent.requires_permission("roll_call", "day")
def show_week() -> ResponseReturnValue:
    """Show the meals of a week by site, activity and diet, where the reader sees diets."""
    monday = monday_of(read_day(request.args.get("lundi", "")) or today())
    with store.read() as read:
        here, dieted = (
            reach_of_agent.reach_of_page_permission(read),
            reach_of_agent.reach_seeing(read, DIET),
        )
        diets = make_diets_reader(read, vault) if dieted.holds_anywhere else None
        week = meal_counts_of_week(read, monday, codes_of_food_activities(), diets, here, dieted)
        special = special_periods(read, monday, monday + timedelta(days=6))

    def page(listing: Listing[WeekLine]) -> str:
        return render_template(
            "desk/day/kitchen_week.html",
            listing=listing,
            monday=monday,
            special=special,
            at=now(),
            before=monday - timedelta(days=7),
            after=monday + timedelta(days=7),
        )

    of = week_list(week, with_diets=diets is not None)
    return show_list(of, week_lines_with_sum_of_sites(week), page, lambda _rows: None)


def codes_of_food_activities() -> frozenset[str]:
    """Return the activities of this provider at which somebody eats, as the register has them."""
    provider = shell_here().registered_provider()
    activities = provider.activities if provider else ()
    return frozenset(a.code for a in activities if {MEAL, SNACK, COOKING} & set(a.tags))


def _reach_of_names(read: Database) -> Reach:
    """Return where the agent's right to this page holds and it sees children."""
    return reach_of_agent.reach_of_page_permission(read).within_both_reaches(
        reach_of_agent.reach_seeing(read, CARE_CORE)
    )


def _require_names(read: Database) -> Reach:
    names = _reach_of_names(read)
    return names if names.holds_anywhere else abort(404)


def _children_agent_may_open(read: Database, child_ids: Collection[str]) -> set[str]:
    """Return the children whose pages the agent may open: of a past day, not who left since."""
    return reach_of_agent.reach_seeing(read).children_among(read, child_ids)


def _reading_role_by_child(read: Database, part: str, child_ids: Collection[str]) -> dict[str, str]:
    """Return by child the role in which the agent sees a part of it; without those it does not."""
    by_role = reach_of_agent.children_by_role(read, part, child_ids)
    return {child_id: role for role, children in by_role.items() for child_id in children}


def _consents_in_words_by_child(
    read: Database, child_ids: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """Return in words what is allowed of each child, as far as the agent sees it."""
    readers, allowed = (
        _reading_role_by_child(read, CONSENTS, child_ids),
        dict[str, tuple[str, ...]](),
    )
    for some in chunks(child_ids, AT_ONCE):
        seen = [child_id for child_id in some if child_id in readers]
        contents = contents_of_projection(read, vault, CONSENTS, seen)
        allowed |= {each: what_is_allowed(contents.get(each, {})) for each in some}
    return allowed


def _collecting_file(
    read: Database,
    of: List[Collected],
    children: Sequence[ExpectedChild],
    day: date,
    parts: Sequence[str],
) -> Response:
    """Return the file of these children; what it says of them is opened some hundreds at a time."""
    note_children_in_export((child.child_id for child in children), parts=parts)
    portions = (
        _collected_children(read, some, day, parts)[0] for some in chunks(children, AT_ONCE)
    )
    return file_response_of_rows(of, chain.from_iterable(portions))


def _collected_children(
    read: Database, children: Collection[ExpectedChild], day: date, parts: Sequence[str]
) -> tuple[list[Collected], Readers]:
    """
    Return rows of the list for the door, with what of them arrived on its day.

    Beside them, by part and child, the role in which the agent sees what was opened.
    """
    ids = {child.child_id for child in children}
    readers = {part: _reading_role_by_child(read, part, ids) for part in parts}
    stored = {part: contents_of_projection(read, vault, part, readers[part]) for part in parts}
    arrivals = arrivals_of_projections(read, parts, ids)
    rows = []
    for child in children:
        of_child = {part: of.get(child.child_id, {}) for part, of in stored.items()}
        core, pickup, consents = (of_child.get(part, {}) for part in DOOR)
        arrived = arrivals.get(child.child_id, {})
        seen = {part: at for part, at in arrived.items() if child.child_id in stored[part]}
        changes = changes_at_door(of_child, seen, day)
        rows.append(Collected(child, core, pickup, consents, changes))
    return rows, {
        part: {child_id: readers[part][child_id] for child_id in opened}
        for part, opened in stored.items()
    }


def _publish_read(rows: Sequence[Collected], readers: Readers) -> None:
    """Publish what of each child the page shows (rule R13)."""
    person = agent.require_agent()
    with store.write() as write:
        for child_id in sorted({row.child.child_id for row in rows}):
            for part, roles in readers.items():
                if role := roles.get(child_id):
                    publish_projection_read(
                        write, role, person.session.subject, child_id, part, now()
                    )


def _note_collecting_list_export(rows: Sequence[Collected], parts: Sequence[str]) -> None:
    note_children_in_export((row.child.child_id for row in rows), parts=parts)


def _note_children_in_export(rows: Sequence[ExpectedChild]) -> None:
    note_children_in_export(row.child_id for row in rows)


def _day_before_and_after(day: date) -> dict[str, date]:
    return {"before": day - timedelta(days=1), "after": day + timedelta(days=1)}
