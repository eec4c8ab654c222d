"""An answer as it travels on the bus: JSON of its contract, within the size of a message."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from shared.contracts.message import MOST_BYTES, Method


def travelled(method: Method, given: Any) -> SimpleNamespace:
    """Return what its caller reads of an answer; fails where no message would hold it."""
    body = json.dumps({"answer": method.dump_answer(given)}, ensure_ascii=False).encode()
    assert len(body) <= MOST_BYTES, f"{method.full_name} answers {len(body)} bytes"
    return method.load_answer(json.loads(body)["answer"])


def pages(ask: Callable[..., Any]) -> list[Any]:
    """Return the pages of an answer, each asked for with what the one before said."""
    found = [ask(after="")]
    while found[-1].next:
        found.append(ask(after=found[-1].next))
    return found
