"""Log line and metrics of each page request: endpoint, status, duration."""

import time
from functools import partial

from flask import Flask, Response, g, request

from shared.runtime.logs import log
from shared.runtime.metrics import page_seconds, pages

NOT_NOTED = frozenset({"theme.static", "static", "health"})
"""Endpoints that no click of a person requests."""


def install(app: Flask, principal: str) -> None:
    """Log and count each page; its address, which may hold a secret, is noted nowhere."""
    app.before_request(_start_timer)
    app.after_request(partial(_log_page, principal))


def _start_timer() -> None:
    g.begun = time.perf_counter()


def _log_page(principal: str, response: Response) -> Response:
    if request.endpoint not in NOT_NOTED:
        took, endpoint = time.perf_counter() - g.begun, request.endpoint or ""
        status = response.status_code
        pages.labels(principal, endpoint, status).inc()
        page_seconds.labels(principal, endpoint).observe(took)
        ms = round(took * 1000, 1)
        log("page", endpoint=endpoint, method=request.method, status=status, ms=ms)
    return response
