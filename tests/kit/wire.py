"""A hand on the raw protocol: what a principal's credentials can try, without the kit's manners."""

import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from amqp import Connection
from amqp.basic_message import Message
from amqp.exceptions import AMQPError

from shared.bus.broker.malformed_message_channel import tolerant_channel
from shared.runtime.ids import new_id
from tests.kit.town import KitTown

DONE, RETURNED, NACKED = "done", "returned", "nacked"

_NOTHING = object()


class RawMessage(Message):
    """A message whose properties are bytes of the sender's own making."""

    def __init__(self, body: bytes, properties: bytes) -> None:
        super().__init__(body)
        self._raw = properties

    def _serialize_properties(self) -> bytes:
        return self._raw


class Hand:
    """Acts on the broker in a principal's name; each act has a connection of its own."""

    def __init__(
        self,
        town: KitTown,
        principal: str,
        *,
        password: str | None = None,
        vhost: str | None = None,
    ) -> None:
        self.town = town
        self.principal = principal
        self._password = password or town.passwords[principal]
        self._vhost = vhost or town.vhost

    @contextmanager
    def channel(self) -> Iterator[Any]:
        """Open a channel; its connection goes with it."""
        connection = Connection(
            f"127.0.0.1:{self.town.node.amqp_port}",
            self.principal,
            self._password,
            virtual_host=self._vhost,
            connect_timeout=5,
            read_timeout=5,
            write_timeout=5,
        )
        try:
            connection.connect()
            yield tolerant_channel(connection)
        finally:
            connection.collect()

    def try_to(self, act: Callable[[Any], Any]) -> str:
        """Return what the broker says to an act on a channel: `done`, or its reply code."""
        try:
            with self.channel() as channel:
                act(channel)
                channel.basic_qos(0, 1, False)  # a round trip: refusals without an answer show here
        except AMQPError as error:
            return str(error.code)
        return DONE

    def publish(self, exchange: str, key: str, message: Message, *, mandatory: bool = True) -> str:
        """Publish and return the broker's word: `done`, `returned`, `nacked` or its reply code."""
        outcomes: list[str] = []
        try:
            with self.channel() as channel:
                channel.confirm_select()
                channel.events["basic_return"].add(lambda *_: outcomes.append(RETURNED))
                channel.events["basic_ack"].add(lambda *_: outcomes.append(DONE))
                channel.events["basic_nack"].add(lambda *_: outcomes.append(NACKED))
                channel.basic_publish(message, exchange, key, mandatory=mandatory)
                while not {DONE, NACKED}.intersection(outcomes):
                    channel.connection.drain_events(timeout=5)
        except AMQPError as error:
            return str(error.code)
        return outcomes[0]

    def take(self, queue: str, seconds: float = 0.0) -> Any:
        """Take the first message of a queue for good, waiting up to `seconds`; None where none."""
        end = time.monotonic() + seconds
        with self.channel() as channel:
            while (found := channel.basic_get(queue, no_ack=True)) is None:
                if time.monotonic() > end:
                    return None
                time.sleep(0.02)
            return found

    def take_all(self, queue: str) -> list[Any]:
        """Take whatever lies in a queue."""
        with self.channel() as channel:
            return list(iter(lambda: channel.basic_get(queue, no_ack=True), None))

    def depth(self, queue: str) -> int:
        """Return how many messages lie ready in a queue, at this very moment."""
        with self.channel() as channel:
            return int(channel.queue_declare(queue, passive=True).message_count)


def admin(town: KitTown) -> Hand:
    """Return the hand of the broker's administrator."""
    name, password = town.node.admin
    return Hand(town, name, password=password)


def message(
    body: bytes = b"{}",
    *,
    headers: dict[str, Any] | None = None,
    **properties: Any,
) -> Message:
    """Make a message as the kit would, but for what is given; a property given None is left out."""
    sound = {"content_type": "application/json", "content_encoding": "utf-8", **properties}
    kept = {name: value for name, value in sound.items() if value is not None}
    return Message(body, application_headers=headers or {}, **kept)


def request(
    principal: str,
    method: str,
    body: bytes = b'{"text": "bonjour"}',
    *,
    slot: Any = 0,
    deadline: Any = _NOTHING,
    headers: dict[str, Any] | None = None,
    **properties: Any,
) -> Message:
    """Make a request that is sound, but for what is given; None leaves a header out."""
    until = repr(time.time() + 10) if deadline is _NOTHING else deadline
    all_headers = {"version": 1, "slot": slot, "deadline": until, **(headers or {})}
    kept = {name: value for name, value in all_headers.items() if value is not None}
    sound = {"user_id": principal, "message_id": "a-request", "type": method, **properties}
    return message(body, headers=kept, **sound)


def fact(
    principal: str,
    event: str,
    body: bytes,
    *,
    headers: dict[str, Any] | None = None,
    **properties: Any,
) -> Message:
    """Make an event that is sound, but for what is given."""
    all_headers = {"version": 1, **(headers or {})}
    kept = {name: value for name, value in all_headers.items() if value is not None}
    sound = {"user_id": principal, "message_id": new_id(), "type": event, **properties}
    return message(body, headers=kept, **sound)


def raw_properties(principal: str, type_: str, message_id: bytes, table: bytes) -> bytes:
    """Encode the properties of a message whose id or header table no library would send."""
    flags = 0x8000 | 0x4000 | 0x2000 | 0x0080 | 0x0020 | 0x0010
    return b"".join(
        (
            struct.pack(">H", flags),
            _short(b"application/json"),
            _short(b"utf-8"),
            struct.pack(">I", len(table)) + table,
            _short(message_id),
            _short(type_.encode()),
            _short(principal.encode()),
        )
    )


def nested_arrays(depth: int) -> bytes:
    """Encode a header `h` of arrays in arrays, as bytes of a table."""
    value = b""
    for _ in range(depth):
        value = b"A" + struct.pack(">I", len(value)) + value
    return _short(b"h") + value


def far_moment() -> bytes:
    """Encode a header `h` whose moment lies beyond any calendar."""
    return _short(b"h") + b"T" + struct.pack(">Q", 2**63)


def _short(text: bytes) -> bytes:
    return struct.pack("B", len(text)) + text
