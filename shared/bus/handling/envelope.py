"""
What is accepted from the broker before a body is believed: the walls behind the bindings.

Everything here is taken from what the broker has checked (exchange, `user_id`) or is compared with
the register; nothing is copied out of a message into a routing key. A refused event is parked in
the owner's dead queue, unlogged but for ids, size and digest; a refused request is kept nowhere.
"""

import hashlib
import json
import re
import time
from dataclasses import dataclass
from typing import Any

from shared.contracts.message import MOST_BYTES
from shared.runtime.trace import HEADER, trace_in

_ID = re.compile(r"[0-9a-f-]{1,40}")

MOST_ID = 40

MOST_DEPTH = 40
"""Deeper JSON is nobody's contract; the parser's own recursion ends at a thousand."""


class Malformed(Exception):
    """The message breaks the bus's own rules; `rule` names which."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


class Expired(Exception):
    """The caller no longer waits: the request vanishes."""

    rule = "late"


@dataclass(frozen=True)
class Envelope:
    """A message whose sender is proven and whose outer form is sound; the body is still text."""

    source: str
    key: str
    type: str
    version: int
    message_id: str
    headers: dict[str, Any]
    body: bytes

    @property
    def trace(self) -> object:
        """Return what the sender says it was caused by; `traced` takes ids alone."""
        return self.headers.get(HEADER)

    def content(self) -> Any:
        """Return the JSON body; raises Malformed."""
        return parse(self.body)


def open_envelope(message: Any, *, replayed: bool = False) -> Envelope:
    """
    Check a raw AMQP message and return its envelope; raises Malformed.

    A replayed one comes from the owner's own dead queue: exchange and key then stand in what the
    broker wrote, `x-death[0]`, and nothing else of its death is trusted.
    """
    properties = message.properties
    headers = properties.get("application_headers") or {}
    exchange, key = _passage(message, headers, replayed)
    source = _sender(properties, exchange)
    if "CC" in headers or "BCC" in headers:
        raise Malformed("copies")
    if "compression" in headers or properties.get("content_encoding") != "utf-8":
        raise Malformed("encoding")
    if properties.get("content_type") != "application/json":
        raise Malformed("content_type")
    body = message.body.encode() if isinstance(message.body, str) else bytes(message.body)
    if len(body) > MOST_BYTES:
        raise Malformed("size")
    version = headers.get("version")
    message_id = properties.get("message_id") or ""
    has_id = 0 < len(message_id) <= MOST_ID
    if not isinstance(version, int) or not properties.get("type") or not has_id:
        raise Malformed("header")
    return Envelope(source, key, properties["type"], version, message_id, headers, body)


def waiting_sender(message: Any) -> tuple[Envelope, int, float] | None:
    """
    Return who is to hear that a request cannot be read, on which slot and until when.

    None where the broker has proven no sender, or where that one waits for no answer. Of the
    request itself nothing is in it.
    """
    properties, delivery = message.properties, message.delivery_info
    headers = properties.get("application_headers") or {}
    message_id = properties.get("message_id") or ""
    try:
        source = _sender(properties, delivery["exchange"])
        kept = {name: headers[name] for name in ("slot", "deadline")}
        sender = Envelope(
            source, "", str(properties.get("type", ""))[:80], 0, message_id, kept, b""
        )
        waits = sender, slot_of(sender), deadline_of(sender)
    except (Malformed, Expired, KeyError, TypeError):
        return None
    return waits if 0 < len(message_id) <= MOST_ID else None


def _sender(properties: Any, exchange: str) -> str:
    """Return the sender that the broker has proven; raises Malformed."""
    source = properties.get("user_id")
    if not source or exchange != f"out.{source}":
        raise Malformed("sender")
    return str(source)


def _passage(message: Any, headers: dict[str, Any], replayed: bool) -> tuple[str, str]:
    delivery = message.delivery_info
    if not replayed:
        if "x-death" in headers:
            raise Malformed("x-death")
        return delivery["exchange"], delivery["routing_key"]
    try:
        death = headers["x-death"][0]
        return death["exchange"], death["routing-keys"][0]
    except (KeyError, IndexError, TypeError):
        raise Malformed("x-death") from None


def slot_of(envelope: Envelope) -> int:
    """Return which reply queue of its sender's an answer goes to; raises Malformed."""
    slot = envelope.headers.get("slot")
    if not isinstance(slot, int) or not 0 <= slot < 1000:
        raise Malformed("slot")
    return slot


def deadline_of(envelope: Envelope, moment: float | None = None) -> float:
    """Return the deadline in epoch seconds; raises Malformed, or Expired where it passed."""
    try:
        deadline = float(envelope.headers["deadline"])
    except (KeyError, TypeError, ValueError):
        raise Malformed("deadline") from None
    moment = time.time() if moment is None else moment
    if not deadline < moment + 3600:  # NaN and infinity included
        raise Malformed("deadline")
    if deadline <= moment:
        raise Expired
    return deadline


def parse(body: bytes) -> Any:
    """Return the value of a JSON body; raises Malformed."""
    try:
        text = body.decode("utf-8")
        if _depth(text) > MOST_DEPTH:
            raise Malformed("depth")
        if "\x00" in text or "\\u0000" in text:
            raise Malformed("nul")
        value = json.loads(text, parse_constant=_no_constant)
        if "\\u" in text:  # an escape can name half a character, which no database takes
            json.dumps(value, ensure_ascii=False).encode()
        return value
    except (ValueError, RecursionError):
        raise Malformed("json") from None


def _depth(text: str) -> int:
    """Count opening brackets as an upper bound, exactly only where there are many of them."""
    if text.count("[") + text.count("{") <= MOST_DEPTH:
        return 0
    deepest = depth = 0
    for sign in text:
        if sign in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in "]}":
            depth -= 1
    return deepest


def _no_constant(_name: str) -> None:
    raise ValueError


def fingerprint(message: Any) -> dict[str, Any]:
    """Return what may be logged of an event that was refused: ids, size and digest."""
    return {**ids_of(message), "sha256": hashlib.sha256(_body(message)).hexdigest()}


def ids_of(message: Any) -> dict[str, Any]:
    """
    Return what may be logged of a request that was dropped: ids and size.

    A digest would tell whoever reads the log when a password has been guessed.
    """
    properties = message.properties
    message_id = str(properties.get("message_id", ""))
    trace = trace_in((properties.get("application_headers") or {}).get(HEADER))
    return {
        **({HEADER: trace} if trace else {}),
        "message_id": message_id if _ID.fullmatch(message_id) else "",  # else it is free text
        "source": str(properties.get("user_id", ""))[:60],
        "size": len(_body(message)),
    }


def _body(message: Any) -> bytes:
    return message.body.encode() if isinstance(message.body, str) else bytes(message.body or b"")
