"""Rows of the register: permitted calls, deliveries of events, entitlements to projections."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Principal:
    name: str
    service: str
    provider: str | None
    reply_slots: int
    push_slots: int = 0
    """Number of its processes that may hold pages open."""
    event_queues: int = 1
    """Number of queues that share its events, each read by one process at a time."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request that `caller` may send: rpc.<callee>.<method> on out.<caller>."""

    caller: str
    callee: str
    method: str
    version: int
    right: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event of `source` that reaches `consumer` under this routing key."""

    source: str
    event: str
    version: int
    key: str
    consumer: str


@dataclass(frozen=True, slots=True)
class Entitlement:
    """
    One projection that one provider receives; or besides, for some children and days alone.

    `on_request`: where a guardian has it sent (rule R4). `on_occasion`: of who is booked at a
    session that has food (rule R3). Neither is sent without that grant or food event.
    `activities`: of the children at one of these alone (rule R2); empty, of every child.
    """

    provider: str
    principal: str
    projection: str
    purpose: str
    legal_basis: str
    reason: str
    on_request: bool = False
    on_occasion: bool = False
    activities: tuple[str, ...] = ()

    @property
    def is_received_without_grant(self) -> bool:
        """True if the provider receives it without a guardian's grant or a food event."""
        return not (self.on_request or self.on_occasion)

    def is_received_at_activity(self, activity: str) -> bool:
        """Return whether it is received of the children at an activity of that code."""
        return self.is_received_without_grant and (
            not self.activities or activity in self.activities
        )
