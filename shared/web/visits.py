"""What is noted of each page that was asked for: which one, how it ended and how long it took."""

import time

from flask import Flask, Response, g, request

from shared.logs import log

NOT_NOTED = frozenset({"theme.static", "static", "health"})
"""What no person asked for by a click."""


def install(app: Flask) -> None:
    """Write one log line for each page; its address, which may hold a secret, is not in it."""
    app.before_request(_begin)
    app.after_request(_note)


def _begin() -> None:
    g.begun = time.perf_counter()


def _note(response: Response) -> Response:
    if request.endpoint not in NOT_NOTED:
        took = time.perf_counter() - g.begun
        log(
            "page",
            endpoint=request.endpoint or "",
            method=request.method,
            status=response.status_code,
            ms=round(took * 1000, 1),
        )
    return response
