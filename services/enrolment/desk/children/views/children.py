"""Finding a child, reading what one may of it, marking what changed as seen."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session as Database
from werkzeug.wrappers import Response
from werkzeug.wrappers import Response as BaseResponse

from services.enrolment.bookings.queries.child_at_desk import (
    CurrentPlace,
    places_and_next_sessions,
)
from services.enrolment.children.commands import sheet_reading
from services.enrolment.children.queries.listed_children import ChildList, ListedChild
from services.enrolment.children.queries.search_index import child_card
from services.enrolment.children.queries.unseen_by_group import unseen_children_in_turn
from services.enrolment.children.rules.visibility import PLACES_FOR, Visibility
from services.enrolment.desk.access import agent, reach_of_agent
from services.enrolment.desk.access.list_export_log import note_children_in_export
from services.enrolment.desk.children.child_lists import (
    CHILDREN,
    page_of_long_list,
    part_of_list_asked,
)
from services.enrolment.desk.children.views.unseen import (
    address_of_next_in_turn,
    next_child_in_turn,
)
from services.enrolment.desk.page_parts.labels import lines_of_section
from services.enrolment.families.queries.households import home_of_child
from services.enrolment.families.queries.muted_children import muted_children
from services.enrolment.families.queries.same_child import other_cards_of
from services.enrolment.models import ChildCard
from services.enrolment.store import store, vault
from shared.contracts.errors import NotEntitled, NotFound
from shared.dates.clock import now, today
from shared.dates.two_home_weeks import Weeks
from shared.web.agents.lists.filtering_and_sorting import Listing
from shared.web.agents.lists.list_request import (
    asks_file,
    file_response_of_rows,
    parse_list_request,
    search_query,
    show_list,
)
from shared.web.language import two_home_weeks
from shared.web.language.weekdays import WEEKDAYS

blueprint = Blueprint("children", __name__, url_prefix="/enfants")


@blueprint.get("")
@reach_of_agent.requires_sight_of_children
def search() -> ResponseReturnValue:
    """List children, or find one; the only one who answers is opened at once."""
    with store.read() as read:
        children = ChildList(
            read, today(), reach_of_agent.reach_of_page_permission(read), search_query()
        )
        if asks_file():
            return _children_file(children)
        listing = page_of_long_list(children, parse_list_request(CHILDREN))
        if listing is None:
            rows = children.whole()
    if listing is not None:
        return _children_page(listing)
    return show_list(CHILDREN, rows, _children_page, _note_children_in_export)


def _children_file(children: ChildList) -> Response:
    """Return the file of those asked for, whose ids alone are all known at once."""
    child_ids = children.in_order(part_of_list_asked(parse_list_request(CHILDREN)))
    note_children_in_export(child_ids)
    return file_response_of_rows(CHILDREN, children.rows_of_children(child_ids))


def _children_page(listing: Listing[ListedChild]) -> str | BaseResponse:
    if listing.asked.query and listing.found == 1:
        return redirect(url_for("children.show", child_id=listing.rows[0].child_id))
    return render_template("desk/search.html", listing=listing)


def _note_children_in_export(rows: Sequence[ListedChild]) -> None:
    note_children_in_export(row.child_id for row in rows)


@blueprint.get("/<uuid:child_id>")
@reach_of_agent.requires_sight_of_children
def show(child_id: UUID) -> str:
    """Show the sections that the person's roles open; each leaves a line for the family to read."""
    person = agent.require_agent()
    try:
        with store.write() as write:
            sight = reach_of_agent.sight_of_child(write, str(child_id))
            sections = sheet_reading.read_child_sheet(
                write, vault, sight, person.session.subject, str(child_id), now()
            )
            card = child_card(write, str(child_id))
            days = _places_and_sessions(write, sight, str(child_id))
            weeks = _home_of_today_in_words(write, sight, str(child_id))
            leaves_after = home_of_child(write, str(child_id)).last_day
            same_child = _other_cards_here(write, str(child_id))
            held = bool(muted_children(write, [str(child_id)]))
    except NotFound:
        abort(404)
    return render_template(
        "desk/child.html",
        child_id=child_id,
        card=card,
        sections=sections,
        lines_of=lines_of_section,
        in_turn="suite" in request.args,
        awaited=agent.projections_somebody_here_must_see(),
        weeks=weeks,
        leaves_after=leaves_after,
        same_child=same_child,
        held=held,
        **days,
    )


@blueprint.post("/<uuid:child_id>/vu/<projection>")
@reach_of_agent.requires_sight_of_children
def mark_seen(child_id: UUID, projection: str) -> Response:
    """Mark the version on the screen as seen; show the child again, or the next in turn."""
    version = request.form.get("version", 0, type=int)
    person, in_turn = agent.require_agent(), "suite" in request.form
    try:
        with store.write() as write:
            turn = unseen_children_in_turn(write, person.sight, now()) if in_turn else ()
            sheet_reading.mark_seen(
                write,
                reach_of_agent.sight_of_child(write, str(child_id)),
                person.session.subject,
                str(child_id),
                projection,
                version,
                now(),
            )
            left = unseen_children_in_turn(write, person.sight, now()) if in_turn else ()
    except NotEntitled:
        abort(404)
    if not in_turn:
        return redirect(url_for("children.show", child_id=child_id, _anchor=projection), 303)
    following = str(child_id) if str(child_id) in left else next_child_in_turn(turn, str(child_id))
    return redirect(address_of_next_in_turn(following), 303)


def _places_and_sessions(
    read: Database, visibility: Visibility, child_id: str
) -> dict[str, object]:
    """Return places and upcoming sessions, for the roles that work with them."""
    if visibility.permissions.isdisjoint(PLACES_FOR):
        return {"places": [], "upcoming": [], "changes_days": False, "plans": None}
    within = reach_of_agent.reach_of_permissions(read, *PLACES_FOR)
    places, upcoming = places_and_next_sessions(read, child_id, now(), today(), within)
    homes = labelled_homes_of_child(read, child_id)
    planning = reach_of_agent.reach_planning(read)
    return {
        "places": [(current, days_in_words_by_home(current, homes)) for current in places],
        "upcoming": upcoming,
        "changes_days": "applications" in visibility.permissions,
        "plans": planning if planning.has_child(read, child_id) else None,
    }


def _other_cards_here(read: Database, child_id: str) -> list[ChildCard]:
    here = reach_of_agent.reach_of_page_permission(read)
    return [card for card in other_cards_of(read, child_id) if here.has_child(read, card.child_id)]


def labelled_homes_of_child(read: Database, child_id: str) -> dict[str, frozenset[str]]:
    """Return the households of a child by what a desk calls them: no name, no number."""
    home = home_of_child(read, child_id)
    weeks = home.weeks_on(today())
    if weeks is None or not weeks.has_two_homes:
        return {"": home.all_households}
    return {label: frozenset([each]) for each, label in names_of_two_homes(weeks).items()}


def days_in_words_by_home(current: CurrentPlace, homes: Mapping[str, Collection[str]]) -> list[str]:
    """Return on which days a child comes, a line for each of its homes; none for every session."""
    if not current.is_booked_by_day:
        return []
    lines = []
    for label, households in homes.items():
        digits = current.pattern.latest_weekdays_of_households(households)
        days = ", ".join(str(WEEKDAYS[int(digit)]) for digit in digits) or _("aucun jour fixe")
        lines.append(_("%(home)s : %(days)s", home=label, days=days) if label else days)
    return lines


def _home_of_today_in_words(read: Database, visibility: Visibility, child_id: str) -> list[str]:
    """Return in which of its two homes a child is today, for the same roles: no home is named."""
    weeks = home_of_child(read, child_id).weeks_on(today())
    if weeks is None or not weeks.has_two_homes or visibility.permissions.isdisjoint(PLACES_FOR):
        return []
    now_at = two_home_weeks.home_in_words(weeks, today(), names_of_two_homes(weeks))
    return (
        [now_at, two_home_weeks.handover_sentence(weeks)] if weeks.school_days is None else [now_at]
    )


def names_of_two_homes(weeks: Weeks) -> dict[str, str]:
    """Return the two homes of a child by what a desk calls them, by the id of their household."""
    if weeks.school_days is None:
        return {
            weeks.even: _("Foyer des semaines paires"),
            weeks.odd: _("Foyer des semaines impaires"),
        }
    homes = dict.fromkeys((weeks.even, weeks.odd), _("Foyer d’un week-end sur deux"))
    return {**homes, weeks.school_days: _("Foyer des jours d’école")}
