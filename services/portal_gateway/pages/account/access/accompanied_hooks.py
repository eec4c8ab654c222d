"""
Hooks of every page while an agent looks on: closed pages, the banner, a line of all that is seen.
"""

from collections.abc import Iterable, Mapping
from typing import cast

from flask import Flask, Response, g, render_template, request
from flask.typing import ResponseReturnValue

from services.portal_gateway.labels import dossier as record_labels
from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.session import current_user
from services.portal_gateway.session.accompanied import commands as visits
from services.portal_gateway.session.accompanied.rules import open_pages_and_actions as visit_rules
from services.portal_gateway.session.current_accompanied_session import (
    current_accompanied_session,
    minutes_left,
)
from shared.dates.clock import now

SEEN = "text/html"


def install_hooks(app: Flask) -> None:
    """Run these hooks around every page of the portal."""
    app.before_request(_refuse_closed_page)
    app.after_request(_note_page_or_action)
    app.context_processor(
        lambda: {"open_visit": current_accompanied_session(), "minutes_left": minutes_left()}
    )


def sections_that_may_be_opened() -> dict[str, str]:
    """Return the sections whose forms may be opened now, each with its place in addresses."""
    closed = visit_rules.CLOSED_SECTIONS if current_accompanied_session() else frozenset()
    return {code: slug for slug, code in record_labels.SECTION_AT.items() if code not in closed}


def _refuse_closed_page() -> ResponseReturnValue | None:
    endpoint, args = request.endpoint or "", request.view_args or {}
    section = record_labels.SECTION_AT.get(args.get("slug", ""), "")
    if (
        not visit_rules.is_closed_while_accompanied(endpoint, section)
        or current_accompanied_session() is None
    ):
        return None
    return render_template("portal/closed_at_counter.html"), 403


def _note_page_or_action(response: Response) -> Response:
    """Note what was seen or done, once the page has come out well."""
    endpoint = request.endpoint or ""
    acted = _has_acted(endpoint, response)
    part = visit_rules.reason_in_read_log(endpoint) if response.status_code == 200 else ""
    open_visit = current_accompanied_session() if acted or part else None
    if open_visit and acted:
        for action in _actions_done_by_request():
            visits.note_action(open_visit.visit_id, endpoint, action, now())
    if open_visit and part and response.mimetype == SEEN:
        children = [_child_in_address()] if _child_in_address() else _child_ids()
        subject = current_user.subject_of_user()
        visits.note_page_and_publish_read(
            open_visit.visit_id, subject, open_visit.actor, children, part, now()
        )
    return response


def _has_acted(endpoint: str, response: Response) -> bool:
    """Say whether an act went well; of orders, that they were sent: some page shows the answers."""
    posted = request.method == "POST" and endpoint in visit_rules.ACTIONS
    return posted and ("visit_actions" in g or response.status_code == 303)


def _actions_done_by_request() -> Iterable[Mapping[str, str]]:
    """Return each order that was taken; of a form without orders, its child."""
    if "visit_actions" in g:
        return cast("list[Mapping[str, str]]", g.visit_actions)
    return [{"child_id": _child_in_address()}]


def _child_in_address() -> str:
    child_id = str((request.view_args or {}).get("child_id", ""))
    return child_id if child_id in _child_ids() else ""


def _child_ids() -> list[str]:
    return [child.id for child in current_overview().family.children]
