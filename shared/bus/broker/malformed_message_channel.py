"""
Tolerant channel: a malformed message does not break the connection that delivers it.

py-amqp closes a connection on properties that it cannot decode (bad UTF-8 in an id, a timestamp out
of range, headers nested too deep): one such message, redelivered again and again, would stop its
consumer for good. It also decodes bodies with any codec that the sender names: some yield text that
cannot be encoded again, some take minutes.
"""

from collections.abc import Callable

from amqp import Channel, Connection
from amqp.serialization import decode_properties_basic

Frame = tuple[int, int, bytes]

_HEADER = 2
_FIXED = 12
"""Bytes of a content header before its properties: class, weight, size of the body."""

_NO_PROPERTIES = b"\x00\x00"


def tolerant_channel(connection: Connection) -> Channel:
    """
    Return a new channel of a py-amqp connection that delivers malformed messages too.

    Bodies stay bytes. A message whose properties cannot be decoded is delivered without properties.
    """
    if not isinstance(connection.on_inbound_frame, _TolerantFrames):
        connection.on_inbound_frame = _TolerantFrames(connection.on_inbound_frame)
    channel = connection.channel()
    channel.auto_decode = False
    return channel


class _TolerantFrames:
    """Frame handler that drops properties which the connection cannot decode."""

    def __init__(self, take: Callable[[Frame], bool]) -> None:
        self._take = take

    def __call__(self, frame: Frame) -> bool:
        kind, channel, content = frame
        try:
            return self._take(frame)
        except Exception:
            if kind != _HEADER or _has_readable_properties(content):
                raise
        return self._take((kind, channel, content[:_FIXED] + _NO_PROPERTIES))


def _has_readable_properties(header: bytes) -> bool:
    try:
        decode_properties_basic(header, _FIXED)
    except Exception:
        return False
    return True
