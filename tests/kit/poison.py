"""Messages that should never have been sent, one sentence each, for both kinds of queue."""

import gzip
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from shared.bus.handling.envelope import MOST_BYTES
from shared.runtime.ids import new_id
from tests.kit.attacks import CALLEE, ECHO, ME
from tests.kit.wire import (
    DONE,
    RawMessage,
    fact,
    far_moment,
    nested_arrays,
    raw_properties,
    request,
)

CANARY = f"canary-{new_id()}"
"""Stands in every body, and must be found in no log."""

SOUND = f'{{"text": "{CANARY}"}}'.encode()
MOST_DELIVERIES = 6


@dataclass(frozen=True)
class Route:
    """A way into a running service's queue, and the messages that it is meant for."""

    queue: str
    owner: str
    sender: str
    exchange: str
    key: str
    type: str
    build: Callable[..., Any]

    def make(self, body: bytes = SOUND, **parts: Any) -> Any:
        """Return a message that would be accepted but for these parts."""
        return self.build(self.sender, self.type, body, **parts)

    def make_raw(self, message_id: bytes, table: bytes) -> Any:
        """Return a message whose properties are given as bytes."""
        return RawMessage(SOUND, raw_properties(self.sender, self.type, message_id, table))


REQUESTS = Route("requests", CALLEE, ME, f"out.{ME}", ECHO, "dossier.echo", request)
EVENTS = Route("events", ME, CALLEE, f"out.{CALLEE}", f"event.{ME}.core", "dossier.addressed", fact)


@dataclass(frozen=True)
class Poison:
    """One kind; `outcome` is what the broker says when it is sent."""

    sentence: str
    make: Callable[[Route], Any]
    routes: tuple[Route, ...] = (REQUESTS, EVENTS)
    outcome: str = DONE


def body(sentence: str, content: bytes, **options: Any) -> Poison:
    """Return a poison by its body."""
    return Poison(sentence, lambda route: route.make(content), **options)


def form(sentence: str, content: bytes = SOUND, **parts: Any) -> Poison:
    """Return a poison by properties or headers."""
    return Poison(sentence, lambda route: route.make(content, **parts))


class _Opened:
    """Unpickles into a file that should not be."""

    def __reduce__(self) -> tuple[Any, tuple[str, str]]:
        return open, (f"/tmp/{CANARY}", "w")


@cache
def _compressed() -> bytes:
    """Return 200 kB that would take 200 MB."""
    return gzip.compress(SOUND.ljust(200 * 2**20), compresslevel=9)


def _bomb(route: Route) -> Any:
    return route.make(_compressed(), headers={"compression": "application/x-gzip"})


TWELVE = [
    body("broken JSON", SOUND[:-2]),
    body("JSON 100,000 deep", b"[" * 100_000 + SOUND + b"]" * 100_000),
    form("no content type", content_type=None),
    Poison("no reply slot", lambda route: route.make(slot=None), (REQUESTS,)),
    form("no user id", user_id=None),
    form("a pickle", pickle.dumps(_Opened()), content_type="application/x-python-serialize"),
    form(
        "YAML that makes objects",
        f"!!python/object/apply:os.mkdir [/tmp/{CANARY}]".encode(),
        content_type="application/x-yaml",
    ),
    Poison("a gzip bomb", _bomb),
    body("a body over 256 kB", SOUND.ljust(MOST_BYTES + 1)),
    body("a body over what the broker takes", SOUND.ljust(2**20 + 1), outcome="406"),
    form("a version to come", headers={"version": 2}),
    form("an unknown type", type="dossier.unheard_of"),
    body("a NUL", SOUND.replace(b"-", b"\x00")),
    body("bad UTF-8", SOUND.replace(b"-", b"\xff")),
]
"""The twelve kinds; the sizes and the last kind count double."""

MORE = [
    body("nothing", b""),
    body("an escaped NUL", SOUND.replace(b"-", b"\\u0000")),
    body("half a character", SOUND.replace(b"-", b"\\ud83d")),
    body("a number that is none", b'{"text": NaN}'),
    body("a number without end", b'{"text": ' + b"9" * 5000 + b"}"),
    body("JSON that hides its depth", b'["' + b"]" * 5000 + b'",' + b"[" * 5000 + b"]" * 5001),
    body("a list", b"[]", routes=(EVENTS,)),
    body("another event's fields", b'{"total": 1}', routes=(EVENTS,)),
    form("no headers", headers={"version": None}),
    form("a version in words", headers={"version": "one"}),
    form("no message id", message_id=None),
    form("a long message id", message_id="x" * 250),
    form("text for a message id", message_id=CANARY, type="dossier.unheard_of"),
    form("a codec that gives what cannot be encoded", b"+2AA-", content_encoding="utf-7"),
    form("a codec that takes for ever", b"-" + b"a" * 200_000, content_encoding="punycode"),
    Poison("a compressed body", lambda route: route.make(_compressed(), content_encoding="gzip")),
    form("a death of its own", headers={"x-death": [1, "two"]}),
    Poison("a message id in bad UTF-8", lambda route: route.make_raw(b"\xff\xfe", b"")),
    Poison("a moment beyond the calendar", lambda route: route.make_raw(b"x", far_moment())),
    Poison("headers 2,000 deep", lambda route: route.make_raw(b"x", nested_arrays(2000))),
]
"""Other doses that were found to end a connection, a process or a batch."""
