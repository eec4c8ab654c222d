"""
Handovers between two services of a child: each receives its own side and the other's ticks.

A guardian declares them (rule R12). Ticks are forwarded and not stored: the dossier knows no day of
a child (rule R10).
"""

from sqlalchemy import or_, select

from services.dossier.households.queries.protection import providers_shown, view_of_guardian
from services.dossier.models import Handover, Link
from services.dossier.sharing.grants.queries.handovers_between_services import (
    IN_FORCE,
    service_handovers_in_force,
    weekdays_of_handover,
)
from services.dossier.sharing.rules.access_policy import AccessPolicy
from shared.contracts.dossier.sharing.handovers_between_services import (
    ACTS_OF,
    HANDS,
    MOST,
    RECEIVES,
    DeclareHandoverRequest,
    EndHandoverRequest,
    HandoverDeclared,
    HandoverTick,
    handover_declared,
    handover_passed,
)
from shared.contracts.errors import BadRequest, NotFound
from shared.database import Write
from shared.dates.instant import Instant
from shared.runtime.ids import new_id


def declare_service_handover(
    write: Write, policy: AccessPolicy, request: DeclareHandoverRequest, *, by: str, when: Instant
) -> None:
    """Declare a handover for a locked child; raises NotFound and BadRequest."""
    child_id, pair = request.child_id, (request.from_provider, request.to_provider)
    known = set(providers_shown(write, child_id, view_of_guardian(write, by, child_id)))
    if not set(pair) <= known:
        raise NotFound(child_id=child_id)
    backwards = request.valid_to is not None and request.valid_to < request.valid_from
    if pair[0] == pair[1] or not request.weekdays or backwards:
        raise BadRequest(errors={"weekdays": ["two services, a day, days in order"]})
    if len(service_handovers_in_force(write, child_id, by, when)) >= MOST:
        raise BadRequest(errors={"child_id": [f"{MOST} at most"]})
    handover = Handover(
        id=new_id(),
        child_id=child_id,
        from_provider=pair[0],
        to_provider=pair[1],
        weekdays="".join(map(str, sorted(set(request.weekdays)))),
        at=request.at,
        valid_from=request.valid_from,
        valid_to=request.valid_to,
        version=1,
        given_by=by,
        given_at=when.moment,
    )
    write.add(handover)
    write.flush()
    _publish_service_handover(write, policy, handover)


def end_service_handover(
    write: Write, policy: AccessPolicy, request: EndHandoverRequest, *, by: str, when: Instant
) -> None:
    """End a handover; raises NotFound if this guardian may not know of it."""
    known = {
        handover.id for handover in service_handovers_in_force(write, request.child_id, by, when)
    }
    if request.relay_id not in known:
        raise NotFound(relay_id=request.relay_id)
    _end_service_handover(write, policy, write.get_one(Handover, request.relay_id), when)


def end_service_handovers_of_link(
    write: Write, policy: AccessPolicy, child_id: str, provider: str, when: Instant
) -> None:
    """End the handovers of a service that no longer has the child; the other one is informed."""
    of_provider = or_(Handover.from_provider == provider, Handover.to_provider == provider)
    for handover in write.scalars(
        select(Handover).where(Handover.child_id == child_id, of_provider, IN_FORCE)
    ):
        _end_service_handover(write, policy, handover, when)


def forward_tick_to_other_service(
    write: Write, policy: AccessPolicy, provider: str, event: HandoverTick
) -> None:
    """Forward a tick to the other side; a tick that this side may not make is dropped."""
    handover = write.get(Handover, event.relay_id)
    if handover is None or handover.ended_at is not None:
        return
    other = _other_provider(handover, provider)
    if other is None or event.act not in ACTS_OF[_side_of_provider(handover, provider)]:
        return
    if other in policy.principals:
        write.publish(handover_passed, event, to=policy.principals[other])


def _end_service_handover(
    write: Write, policy: AccessPolicy, handover: Handover, when: Instant
) -> None:
    handover.ended_at, handover.version = when.moment, handover.version + 1
    write.flush()
    _publish_service_handover(write, policy, handover)


def _publish_service_handover(write: Write, policy: AccessPolicy, handover: Handover) -> None:
    for provider in (handover.from_provider, handover.to_provider):
        if provider not in policy.principals or not _is_sent_service_handover(
            write, handover.child_id, provider, handover
        ):
            continue
        event = event_of_service_handover(handover, provider)
        write.publish(handover_declared, event, to=policy.principals[provider])


def event_of_service_handover(handover: Handover, provider: str) -> HandoverDeclared:
    """Return a handover as one of its two services is sent it."""
    return HandoverDeclared(
        relay_id=handover.id,
        version=handover.version,
        child_id=handover.child_id,
        side=_side_of_provider(handover, provider),
        other=_other_provider(handover, provider) or "",
        weekdays=weekdays_of_handover(handover),
        at=handover.at,
        valid_from=handover.valid_from,
        valid_to=handover.valid_to,
        ended=handover.ended_at is not None,
    )


def publish_service_handover_again(
    write: Write, policy: AccessPolicy, handover_id: str, *, above: int
) -> None:
    """Publish a handover as it is, at a version above the one that a service stores."""
    handover = write.get(Handover, handover_id, with_for_update=True)
    if handover is not None:
        handover.version = max(handover.version, above) + 1
        write.flush()
        _publish_service_handover(write, policy, handover)


def _is_sent_service_handover(
    write: Write, child_id: str, provider: str, handover: Handover
) -> bool:
    """Say whether a service is sent the handover; an end reaches one without the child too."""
    if handover.ended_at is not None:
        return True
    links = select(Link.id).where(Link.child_id == child_id, Link.provider == provider)
    return write.scalar(links.where(Link.closed_at.is_(None))) is not None


def _side_of_provider(handover: Handover, provider: str) -> str:
    return HANDS if provider == handover.from_provider else RECEIVES


def _other_provider(handover: Handover, provider: str) -> str | None:
    pair = {
        handover.from_provider: handover.to_provider,
        handover.to_provider: handover.from_provider,
    }
    return pair.get(provider)
