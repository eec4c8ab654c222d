"""Publishes an answer to its caller's reply queue."""

import time

from shared.bus.broker.connection import CONNECTION_ERRORS
from shared.bus.broker.publisher import Publisher
from shared.bus.handling.envelope import Envelope


def publish_answer(
    publisher: Publisher, principal: str, request: Envelope, slot: int, deadline: float, body: bytes
) -> None:
    """
    Publish a principal's answer to a request; raises what the publisher raises.

    `deadline` is in seconds since 1970; the answer expires then, in case the caller has died. Where
    the connection turns out to be broken the answer leaves by a new one.
    """

    def publish() -> None:
        publisher.publish(
            f"ans.{principal}",
            f"reply.{request.source}.{slot}",
            body,
            message_id=request.message_id,
            correlation_id=request.message_id,
            type=request.type,
            headers={},
            mandatory=False,
            expires_ms=max(1, int((deadline - time.time()) * 1000)),
        )

    try:
        publish()
    except CONNECTION_ERRORS:
        publish()
