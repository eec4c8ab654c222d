"""« Passages »: whom this provider hands to another service today, or receives from one."""

from datetime import date

from flask import Blueprint, Response, jsonify, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.attendance.handovers_between_services.queries import (
    handovers_due as handovers_queries,
)
from services.enrolment.attendance.handovers_between_services.queries.handovers_due import Passage
from services.enrolment.attendance.handovers_between_services.rules.missed_child_alerts import (
    moment_of_hour,
)
from services.enrolment.desk.access import reach_of_agent, roll_call_agent
from services.enrolment.desk.roll_call.labels import instant_for_page, state_for_page
from services.enrolment.store import store
from shared.contracts.dossier.sharing.handovers_between_services import ACTS_OF, HANDS
from shared.dates.clock import now, today
from shared.web.base.app import shell_here
from shared.web.language.provider_badges import badge_by_code
from shared.web.language.typography import dialled_number, hour, phone_number

blueprint = Blueprint("relays", __name__)


@blueprint.get("/passages")
@reach_of_agent.requires_permission("roll_call")
def show() -> ResponseReturnValue:
    """Lead to the roll call's page, where they are ticked, with network and without."""
    return redirect(url_for("roll_call.show", _anchor="passages"), 303)


@blueprint.get("/pointage/passages.json")
@roll_call_agent.requires_seeing_lists
def list_today() -> Response:
    """Give today's hand-overs, by hour."""
    day, moment = today(), now()
    with store.read() as read:
        within = roll_call_agent.reach_on_duty(read)
        passages = handovers_queries.service_handovers_of_day(read, day, moment, within)
    rows = [_handover_row(passage, day) for passage in passages]
    return jsonify(passages=rows, day=day.isoformat(), at=moment.isoformat())


def _handover_row(passage: Passage, day: date) -> dict[str, object]:
    beside = badge_by_code(shell_here().register, passage.other)
    return {
        "id": passage.handover_id,
        "day": day.isoformat(),
        "name": passage.name,
        "way": _sentence_of_hour_and_service(
            passage, hour(moment_of_hour(day, passage.at)), beside.label
        ),
        "service": beside.label,
        "phone": phone_number(beside.phone) if beside.phone else "",
        "dial": dialled_number(beside.phone) if beside.phone else "",
        "kinds": list(ACTS_OF[passage.side]),
        **state_for_page(passage.own),
        "theirs": state_for_page(passage.other_state),
        "state": passage.state,
        "due": instant_for_page(passage.due_at),
        "lifted": instant_for_page(passage.lifted_at),
    }


def _sentence_of_hour_and_service(passage: Passage, at: str, service: str) -> str:
    if passage.side == HANDS:
        return _("%(hour)s, vers %(service)s", hour=at, service=service)
    return _("%(hour)s, de %(service)s", hour=at, service=service)
