"""
Hooks of every page while an agent looks on: closed pages, the banner, a line of all that is seen.
"""

from typing import Any, cast

from flask import Flask, Response, g, render_template, request

from services.portal_gateway.labels import record as texts
from services.portal_gateway.overview.queries import family as mine
from services.portal_gateway.session import current_user as person
from services.portal_gateway.session.current_visit import here, minutes_left
from services.portal_gateway.session.visits import commands as visits
from services.portal_gateway.session.visits import rules as bounds
from shared.dates.clock import now

SEEN = "text/html"


def install(app: Flask) -> None:
    """Put this round every page of the portal."""
    app.before_request(_close)
    app.after_request(_note)
    app.context_processor(lambda: {"beside": here(), "minutes_left": minutes_left()})


def open_sections() -> dict[str, str]:
    """Return the sections whose forms may be opened now, each with its place in addresses."""
    closed = bounds.CLOSED_SECTIONS if here() else frozenset()
    return {code: slug for slug, code in texts.SECTION_AT.items() if code not in closed}


def _close() -> Any:
    endpoint, args = request.endpoint or "", request.view_args or {}
    section = texts.SECTION_AT.get(args.get("slug", ""), "")
    if not bounds.is_closed(endpoint, section) or here() is None:
        return None
    return render_template("portal/closed_at_counter.html"), 403


def _note(response: Response) -> Response:
    """Note what was seen or done, once the page has come out well."""
    endpoint = request.endpoint or ""
    done = request.method == "POST" and endpoint in bounds.ACTS and response.status_code == 303
    part = bounds.part_of(endpoint) if response.status_code == 200 else ""
    beside = here() if done or part else None
    if beside and done:
        act = g.get("accompanied_act") or {"child_id": _child_of_address()}
        visits.note_act(beside.visit_id, endpoint, act, now())
    elif beside and part and response.mimetype == SEEN:
        children = [_child_of_address()] if _child_of_address() else _children()
        subject = person.subject()
        visits.note_page(beside.visit_id, subject, beside.actor, children, part, now())
    return response


def _child_of_address() -> str:
    child_id = str((request.view_args or {}).get("child_id", ""))
    return child_id if child_id in _children() else ""


def _children() -> list[str]:
    return cast("list[str]", [child.id for child in mine.here().family.children])
