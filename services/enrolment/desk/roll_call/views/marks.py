"""
Receives what the roll call sends: marks, ticks of handovers, unknown children, a closed group.
"""

from collections.abc import Collection
from uuid import UUID

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from services.enrolment.attendance.handovers_between_services.commands import handover_ticks
from services.enrolment.attendance.roll_call.commands import closing as roll_call
from services.enrolment.attendance.roll_call.commands import marks
from services.enrolment.attendance.roll_call.commands.emergency_care import (
    Emergency,
    open_emergency_contents,
)
from services.enrolment.attendance.roll_call.commands.roll_list import Contents
from services.enrolment.attendance.roll_call.commands.sealed_collectors import (
    with_sealed_collectors,
)
from services.enrolment.attendance.tablets.commands import device_posts, tablets
from services.enrolment.attendance.tablets.commands.reasons_of_refused_posts import (
    reasons_of_refused_posts,
)
from services.enrolment.attendance.tablets.queries.tablets_and_duties import persons_who_had_tablet
from services.enrolment.children.queries.reach_of_right import group_of_session
from services.enrolment.desk.access import roll_call_agent as duty
from services.enrolment.desk.roll_call import care_labels
from services.enrolment.store import store, vault
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.dates.clock import now, today
from shared.web.base.app import shell_here

blueprint = Blueprint("roll_marks", __name__, url_prefix="/pointage")


@blueprint.post("/envoi")
@duty.requires_being_on_duty
def receive_marks() -> ResponseReturnValue:
    """
    Take marks and ticks, whenever they were made and however often they come.

    The answer names what the device may forget: taken, or refused and why.
    """
    try:
        delivery = device_posts.parse_posts_of_device(request.get_json(silent=True))
    except ValidationError as error:
        return jsonify(error="not_understood", fields=sorted(error.normalized_messages())), 422
    on_duty, received_at = duty.require_on_duty(), now()
    authors = _possible_authors(delivery)
    beyond = _reasons_of_refused_posts(delivery, authors)
    delivery = delivery.without(beyond)
    made = device_posts.marks_in_delivery(delivery, on_duty.subject, authors, received_at)
    ticked = device_posts.ticks_in_delivery(delivery, on_duty.subject, authors, received_at)
    unknown = device_posts.unknown_children_in_delivery(
        delivery, on_duty.subject, authors, received_at
    )
    mistyped = device_posts.mistakes_in_delivery(delivery, on_duty.subject, authors, received_at)
    pressed = device_posts.emergencies_in_delivery(delivery, on_duty.subject, authors, received_at)
    vault.prepare_keys(unknown_child.id for unknown_child in unknown)
    left_with = device_posts.collectors_in_delivery(delivery)
    with store.write() as write:
        if on_duty.tablet is not None:
            tablets.store_count_of_unsent_marks(
                write, on_duty.tablet.id, delivery.unsent, received_at
            )
        made = with_sealed_collectors(write, vault, made, left_with)
        taken = marks.record_marks(write, on_duty.device_id, made, received_at)
        also = marks.record_unknown_children(write, vault, unknown)
        withdrawn = marks.withdraw_unknown_children(write, vault, mistyped, received_at)
        for press in pressed:
            also.taken.append(_publish_offline_emergency_read(write, press))
        passed = handover_ticks.record_ticks(write, ticked, today(), received_at)
    return jsonify(
        taken=taken.taken + passed.taken + also.taken + withdrawn.taken,
        refused=beyond | taken.refused | passed.refused | also.refused | withdrawn.refused,
        now=now().isoformat(),
    )


@blueprint.post("/seances/<uuid:session_id>/urgence")
@duty.requires_seeing_lists
def press_emergency(session_id: UUID) -> ResponseReturnValue:
    """Open what to do for every child of a session, and notify families and DPO (rule R8)."""
    parsed = request.get_json(silent=True) or {}
    if not device_posts.is_device_id(parsed.get("id")):
        return jsonify(error="not_understood"), 422
    on_duty = duty.require_on_duty()
    pressed = Emergency(parsed["id"], str(session_id), on_duty.subject, now())
    with store.write() as write:
        contents = _emergency_contents(write, pressed)
    return jsonify(
        sheets={child: care_labels.sections_of_sheet(shown) for child, shown in contents.items()}
    )


@blueprint.post("/seances/<uuid:session_id>/cloture")
@duty.requires_seeing_lists
def close_group(session_id: UUID) -> ResponseReturnValue:
    """Close a group; 409 with the children that need a decision first."""
    parsed = request.get_json(silent=True) or {}
    decisions = {str(child): str(kind) for child, kind in dict(parsed.get("decisions", {})).items()}
    moment = now()
    try:
        with store.write() as write:
            roll_call.close_roll_call(
                write, str(session_id), duty.require_on_duty().subject, decisions, moment
            )
    except roll_call.Undecided as waiting:
        return jsonify(error="undecided", children=waiting.child_ids), 409
    except roll_call.Cancelled:
        return jsonify(error="cancelled"), 409
    return jsonify(closed_at=moment.isoformat())


@blueprint.post("/seances/<uuid:session_id>/reouverture")
@duty.requires_day_duty
def reopen_group(session_id: UUID) -> Response:
    """Open a closed group again; who answers for the day may."""
    with store.write() as write:
        roll_call.reopen_roll_call(write, str(session_id), duty.require_on_duty().subject, now())
    return jsonify(closed_at=None)


def _publish_offline_emergency_read(write: Write, pressed: Emergency) -> str:
    """Tell of an emergency that was pressed without network; one of no session is let go of."""
    try:
        _emergency_contents(write, pressed)
    except NotFound:
        pass
    return pressed.id


def _emergency_contents(write: Write, pressed: Emergency) -> Contents:
    """Return what is opened of the children of a session, in a role that reaches its group."""
    group_id = group_of_session(write, pressed.session_id)
    if group_id is None:
        raise NotFound
    sight = duty.sight_of_group(write, group_id)
    return open_emergency_contents(write, vault, sight, _entitled_projections(), pressed)


def _reasons_of_refused_posts(
    delivery: device_posts.Delivery, authors: Collection[str]
) -> dict[str, str]:
    sender = duty.require_on_duty().subject
    with store.read() as read:
        return reasons_of_refused_posts(
            read,
            delivery,
            lambda by: duty.roll_call_reach_of_person(read, by if by in authors else sender),
        )


def _entitled_projections() -> frozenset[str]:
    shell = shell_here()
    return frozenset(shell.register.projections(shell.principal))


def _possible_authors(delivery: device_posts.Delivery) -> set[str]:
    """Return who may have made these marks: who sends them, or was on duty on this tablet."""
    on_duty = duty.require_on_duty()
    if on_duty.tablet is None:
        return {on_duty.subject}
    with store.read() as read:
        return {on_duty.subject} | persons_who_had_tablet(read, on_duty.tablet.id, delivery.authors)
