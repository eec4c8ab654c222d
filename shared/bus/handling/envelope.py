"""
Checks of a raw AMQP message before its body is parsed, a second line behind the broker's bindings.

Only properties that the broker verifies (exchange, `user_id`) are trusted; nothing is copied from a
message into a routing key. A malformed event goes to the dead-letter queue, and only its ids, size
and digest are logged; a malformed request is dropped and stored nowhere.
"""

import hashlib
import json
import re
import time
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from amqp.basic_message import Message

from shared.contracts.message import MOST_BYTES
from shared.json_values import as_json
from shared.runtime.trace import HEADER, trace_in

_ID = re.compile(r"[0-9a-f-]{1,40}")

_BRACKETS = re.compile(r"[\[\]{}]")
_STRINGS = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
"""Strings of JSON, an open one up to the end of the text: each letter is looked at once."""
_STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}

MOST_ID = 40

MOST_DEPTH = 40
"""No contract nests deeper; the parser's own recursion limit is a thousand."""


class Malformed(Exception):
    """The message violates a rule of the bus, named by `rule`."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


class Expired(Exception):
    """The deadline of the request has passed; it is dropped."""

    rule = "late"


@dataclass(frozen=True)
class Envelope:
    """A message with a verified sender and valid properties; the body is not parsed yet."""

    source: str
    key: str
    type: str
    version: int
    message_id: str
    headers: dict[str, Any]
    body: bytes

    @property
    def trace(self) -> object:
        """Return the sender's trace header, unchecked; `traced` accepts only ids."""
        return self.headers.get(HEADER)

    def content(self) -> Any:
        """Return the JSON body; raises Malformed."""
        return parse_json(self.body)


def open_envelope(message: Message, *, replayed: bool = False) -> Envelope:
    """
    Check a raw AMQP message and return its envelope; raises Malformed.

    A replayed message comes from the service's own dead-letter queue: exchange and routing key are
    then read from `x-death[0]`, which the broker wrote.
    """
    properties = message.properties
    headers = properties.get("application_headers") or {}
    exchange, key = _exchange_and_key(message, headers, replayed)
    source = _verified_sender(properties, exchange)
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


def sender_of_unreadable_request(message: Message) -> tuple[Envelope, int, float] | None:
    """
    Return the sender of an unreadable request, its reply slot and its deadline.

    None if the sender is not verified or no longer waits. The envelope has none of the request's
    content.
    """
    properties, delivery = message.properties, message.delivery_info
    headers = properties.get("application_headers") or {}
    message_id = properties.get("message_id") or ""
    try:
        source = _verified_sender(properties, delivery["exchange"])
        kept = {name: headers[name] for name in ("slot", "deadline")}
        sender = Envelope(
            source, "", str(properties.get("type", ""))[:80], 0, message_id, kept, b""
        )
        waits = sender, reply_slot_of(sender), deadline_of(sender)
    except (Malformed, Expired, KeyError, TypeError):
        return None
    return waits if 0 < len(message_id) <= MOST_ID else None


def _verified_sender(properties: Any, exchange: str) -> str:
    """Return the sender as verified by the broker; raises Malformed."""
    source = properties.get("user_id")
    if not source or exchange != f"out.{source}":
        raise Malformed("sender")
    return str(source)


def _exchange_and_key(message: Message, headers: dict[str, Any], replayed: bool) -> tuple[str, str]:
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


def reply_slot_of(envelope: Envelope) -> int:
    """Return the number of the sender's reply queue; raises Malformed."""
    slot = envelope.headers.get("slot")
    if not isinstance(slot, int) or not 0 <= slot < 1000:
        raise Malformed("slot")
    return slot


def deadline_of(envelope: Envelope, moment: float | None = None) -> float:
    """Return the deadline in seconds since 1970; raises Malformed, or Expired if it has passed."""
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


def parse_json(body: bytes) -> object:
    """Return the value of a JSON body; raises Malformed."""
    try:
        text = body.decode("utf-8")
        if _nesting_depth(text) > MOST_DEPTH:
            raise Malformed("depth")
        if "\x00" in text or "\\u0000" in text:
            raise Malformed("nul")
        value = _DECODER.decode(text)
        if "\\u" in text:  # an escape can name half a character, which no database takes
            as_json(value).encode()
        return value
    except (ValueError, RecursionError):
        raise Malformed("json") from None


def _nesting_depth(text: str) -> int:
    """
    Return the nesting depth of JSON, 0 if the number of brackets already bounds it.

    Brackets within strings do not count: a string full of closing ones would hide what follows it.
    """
    if text.count("[") + text.count("{") <= MOST_DEPTH:
        return 0
    brackets = _BRACKETS.findall(_STRINGS.sub("", text))
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0)


def _refuse_json_constant(_name: str) -> None:
    raise ValueError


_DECODER = json.JSONDecoder(parse_constant=_refuse_json_constant)
"""Reader of JSON, made once, that refuses NaN and the infinities."""


def loggable_event(message: Message) -> dict[str, Any]:
    """Return what may be logged of an event that was refused: ids, size and digest."""
    return {**loggable_request(message), "sha256": hashlib.sha256(_body_bytes(message)).hexdigest()}


def loggable_request(message: Message) -> dict[str, object]:
    """
    Return what may be logged of a dropped request: ids and size.

    A digest of the body would allow a reader of the log to verify a guessed password.
    """
    properties = message.properties
    message_id = str(properties.get("message_id", ""))
    trace = trace_in((properties.get("application_headers") or {}).get(HEADER))
    return {
        **({HEADER: trace} if trace else {}),
        "message_id": message_id if _ID.fullmatch(message_id) else "",  # else it is free text
        "source": str(properties.get("user_id", ""))[:60],
        "size": len(_body_bytes(message)),
    }


def _body_bytes(message: Message) -> bytes:
    return message.body.encode() if isinstance(message.body, str) else bytes(message.body or b"")
