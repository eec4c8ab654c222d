"""Answers in pages (contracts.values.PageRequest, PageAnswer), read to their end."""

from collections.abc import Callable, Iterator
from typing import Any

from shared.contracts.message import Method


def all_rows(
    ask: Callable[..., Any], method: Method[Any, Any], field: str, **payload: Any
) -> Iterator[Any]:
    """Yield the rows of all pages of an answer, which stand in `field`; each page is asked for."""
    after = ""
    while True:
        page = ask(method, method.request(after=after, **payload))
        yield from getattr(page, field)
        after = page.next
        if not after:
            return
