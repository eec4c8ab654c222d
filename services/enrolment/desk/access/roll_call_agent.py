"""
The agent who calls the roll: signed in at the desk, or on a shared tablet opened by PIN.

Rights are looked up at every request, as for the desk. A PIN opens the roll call and nothing else
of the desk; five minutes without a touch close its lists, and what was ticked may still be sent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import abort, g, jsonify, request
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from services.enrolment.attendance.tablets.commands import tablets
from services.enrolment.attendance.tablets.queries.tablets_and_duties import (
    duty_on_tablet,
    tablet_by_secret,
)
from services.enrolment.children.queries.reach_of_right import (
    EVERYWHERE,
    Reach,
    make_reach_of_places,
)
from services.enrolment.children.rules.place_codes_of_rights import is_at_whole_provider
from services.enrolment.children.rules.visibility import Visibility
from services.enrolment.desk.access import agent
from services.enrolment.desk.access.page_url_within_reach import are_address_names_within_reach
from services.enrolment.desk.access.reach_of_agent import sight_at_group
from services.enrolment.models import Tablet
from services.enrolment.store import store
from shared.contracts.errors import Refusal
from shared.dates.clock import now, today
from shared.person import account_status_of, name_of_subject, rights_on
from shared.web.base.app import shell_here
from shared.web.session import cookies

P = ParamSpec("P")
R = TypeVar("R")

TABLET_COOKIE, DUTY_COOKIE = "tablet", "duty"
PERMISSION = "roll_call"
TEN_YEARS = 315_360_000


@dataclass(frozen=True)
class OnDuty:
    """
    The person of this request at the roll call; `live` where lists may be shown.

    `sight` is of the whole provider: of a list it is that of its group
    (desk/access/reach_of_agent.py).
    """

    subject: str
    name: str
    sight: Visibility
    device_id: str
    tablet: Tablet | None
    live: bool
    secret: str = ""

    def may_at_address_of_request(self, permission: str) -> bool:
        """Say whether the person may act so at what the address of the request names."""
        places, named = self.sight.places_with_permissions(permission), request.view_args or {}
        if not places or not named or is_at_whole_provider(places):
            return bool(places)
        with store.read() as read:
            return are_address_names_within_reach(
                read, make_reach_of_places(read, places, today()), named
            )


def enrolled_tablet() -> Tablet | None:
    """Return the enrolled tablet that this browser is, looked up once."""
    if "desk_tablet" not in g:
        with store.read() as read:
            g.desk_tablet = tablet_by_secret(read, cookies.read(TABLET_COOKIE))
    return g.desk_tablet


def current_on_duty() -> OnDuty | None:
    """Return who is on duty: the tablet's agent before a desk session on the same browser."""
    if "desk_duty" not in g:
        by_pin = _on_duty_by_pin()
        g.desk_duty = by_pin if by_pin and by_pin.live else _on_duty_at_desk() or by_pin
    return g.desk_duty


def require_on_duty() -> OnDuty:
    """
    Return who is on duty, in a view that `requires_seeing_lists` or `requires_being_on_duty`
    guards.
    """
    on_duty = current_on_duty()
    assert on_duty is not None
    return on_duty


def requires_seeing_lists(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view run for who may see lists now; others read that it is locked."""
    return _guard_view(
        lambda on_duty: on_duty.live and on_duty.may_at_address_of_request(PERMISSION), view
    )


def requires_being_on_duty(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view run for who is on duty here, or was a while ago."""
    return _guard_view(lambda on_duty: True, view)


def requires_day_duty(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view run for who may close days, reopen groups and enrol tablets."""
    return _guard_view(
        lambda on_duty: on_duty.live and on_duty.may_at_address_of_request("day"), view
    )


def remember_tablet(response: Response, secret: str) -> None:
    """Give the browser the tablet's secret, for as long as it keeps cookies."""
    response.set_cookie(
        cookies.guarded_cookie_name(TABLET_COOKIE),
        secret,
        max_age=TEN_YEARS,
        secure=request.is_secure,
        httponly=True,
        samesite="Strict",
        path="/",
    )


def reach_on_duty(read: Session, *permissions: str) -> Reach:
    """Return the groups at which the person on duty calls the roll, or may act so."""
    places = require_on_duty().sight.places_with_permissions(*permissions or (PERMISSION,))
    return make_reach_of_places(read, places, today())


def roll_call_reach_of_person(read: Session, subject: str) -> Reach:
    """
    Return where somebody calls the roll today.

    Everywhere for who holds that right no more: what was ticked before is not lost with it.
    """
    sight = agent.visibility_here(rights_on(read, subject, today()))
    places = sight.places_with_permissions(PERMISSION)
    return make_reach_of_places(read, places, today()) if places else EVERYWHERE


def sight_of_group(read: Session, group_id: str) -> Visibility:
    """Return what the person on duty sees of the children of a group."""
    return sight_at_group(read, require_on_duty().sight, group_id)


def roles_that_call() -> list[str]:
    """Return the codes of this provider's roles that call the roll."""
    provider = shell_here().registered_provider()
    return (
        [role.code for role in provider.roles if PERMISSION in role.permissions] if provider else []
    )


def _guard_view(allowed: Callable[[OnDuty], bool], view: Callable[P, R]) -> Callable[P, R]:
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
        on_duty = current_on_duty()
        if on_duty is None or not (on_duty.live or allowed(on_duty)):
            return jsonify(locked=True), 401
        if not allowed(on_duty):
            abort(404)
        return view(*args, **kwargs)

    return guarded


def _on_duty_at_desk() -> OnDuty | None:
    try:
        person = agent.current()
    except (Refusal, SQLAlchemyError):
        return None
    if person is None or PERMISSION not in person.sight.sight_anywhere.permissions:
        return None
    subject = person.session.subject
    return OnDuty(subject, person.session.name, person.sight, subject, tablet=None, live=True)


def _on_duty_by_pin() -> OnDuty | None:
    device, moment = enrolled_tablet(), now()
    secret = cookies.read(DUTY_COOKIE)
    if device is None or not secret:
        return None
    with store.read() as read:
        duty = duty_on_tablet(read, device, secret, moment)
        if duty is None:
            return None
        account_status = account_status_of(read, duty.subject)
        visibility = agent.visibility_here(rights_on(read, duty.subject, today()))
        name = name_of_subject(read, duty.subject)
    if account_status is None or not account_status.active or account_status.kind != "agent":
        return None
    if (
        duty.opened_at < account_status.not_before
        or PERMISSION not in visibility.sight_anywhere.permissions
    ):
        return None
    if duty.to_note:
        with store.write() as write:
            tablets.note_tablet_used(write, secret, moment)
    return OnDuty(duty.subject, name, visibility, device.id, device, duty.live, secret)
