"""
Lets no message break the connection that it comes over.

py-amqp ends a connection on properties that it cannot decode (bad UTF-8 in an id, a moment beyond
the calendar, headers nested too deep): one such message, delivered again and again, silences its
consumer for good. And it decodes bodies by whatever codec the sender names: some give text that
cannot be encoded again, some take minutes.
"""

from collections.abc import Callable
from typing import Any

from amqp.serialization import decode_properties_basic

Frame = tuple[int, int, bytes]

_HEADER = 2
_FIXED = 12
"""Bytes of a content header before its properties: class, weight, size of the body."""

_NO_PROPERTIES = b"\x00\x00"


def tolerant_channel(connection: Any) -> Any:
    """
    Return a new channel of a py-amqp connection whose messages arrive whatever their form.

    Bodies stay bytes. A message whose properties cannot be read arrives without any.
    """
    if not isinstance(connection.on_inbound_frame, _Forgiving):
        connection.on_inbound_frame = _Forgiving(connection.on_inbound_frame)
    channel = connection.channel()
    channel.auto_decode = False
    return channel


class _Forgiving:
    """Takes frames in a connection's place and drops the properties that it would stumble over."""

    def __init__(self, take: Callable[[Frame], bool]) -> None:
        self._take = take

    def __call__(self, frame: Frame) -> bool:
        kind, channel, content = frame
        try:
            return self._take(frame)
        except Exception:
            if kind != _HEADER or _readable(content):
                raise
        return self._take((kind, channel, content[:_FIXED] + _NO_PROPERTIES))


def _readable(header: bytes) -> bool:
    try:
        decode_properties_basic(header, _FIXED)
    except Exception:
        return False
    return True
