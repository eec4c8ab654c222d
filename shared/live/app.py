"""
Stream of a portal or a desk (server-sent events), served by gunicorn's gevent workers.

A process of its own, so that thousands of open pages starve no page; it shares the database and the
cookies of the pages. On one machine it listens on another port, in production the town's web server
gives it a path of the pages' own address (decision 0021).
"""

import resource
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request
from gevent.monkey import is_module_patched
from sqlalchemy.orm import Session

from shared.bus.handling.push_subscriber import PushSubscriber
from shared.database import Store
from shared.dates.clock import now
from shared.live.change_counts import ChangeColumns, counts_of_changes
from shared.live.gevent_psycopg import let_psycopg_wait_by_gevent
from shared.live.hub import Full, Hub
from shared.live.stream import HEARTBEAT_SECONDS, Look, stream_events
from shared.runtime.logs import configure_logs
from shared.settings import Settings
from shared.web.base import headers
from shared.web.base.app import Shell, Site
from shared.web.session import cookies
from shared.web.session.browser_secret import row_id

STREAM = "/flux"
COOKIE = "session"


@dataclass(frozen=True)
class StreamSource:
    """
    A stream's source: its table of changes, its kinds of change, and its sessions.

    `watched(read, secret, moment)` returns the audiences of an open session, None where it is not
    open; it notes no activity.
    """

    store: Store
    table: type[ChangeColumns]
    kinds: tuple[str, ...]
    watched: Callable[[Session, str, datetime], tuple[str, ...] | None]


def create_live_app(
    settings: Settings, place: StreamSource, pages: str, heartbeat: float = HEARTBEAT_SECONDS
) -> Flask:
    """Return the application; `pages` is the address of the pages that may open the stream."""
    configure_logs(settings.principal)
    if is_module_patched("socket"):
        let_psycopg_wait_by_gevent()
    _raise_open_file_limit()
    app = Site(__name__, static_folder=None)
    app.extensions["preau_shell"] = Shell(
        principal=settings.principal,
        register=settings.register,
        secret_key="",
        layout="",
        who=lambda: None,
        home="",
    )
    headers.install(app)
    hub = Hub(_make_counts_reader(place), place.kinds, settings.principal)
    subscriber = PushSubscriber(settings, hub.on_push)
    subscriber.start()
    app.extensions["preau_hub"], app.extensions["preau_push_subscriber"] = hub, subscriber
    app.add_url_rule(
        STREAM, "stream", lambda: _open_stream(hub, place, _origin_of(pages), heartbeat)
    )
    app.add_url_rule("/health", "health", lambda: {"ready": True, "open": hub.count_open_pages})
    return app


def _make_counts_reader(place: StreamSource) -> Callable[..., Any]:
    def read_counts(audiences: Any) -> Any:
        with place.store.read() as read:
            return counts_of_changes(read, place.table, audiences)

    return read_counts


def _open_stream(hub: Hub, place: StreamSource, pages: str, heartbeat: float) -> Response:
    origin = request.headers.get("Origin", pages)
    if origin != pages:
        abort(403)
    secret = cookies.read(COOKIE)
    look = _make_audiences_reader(place, secret)
    since = request.headers.get("Last-Event-ID") or request.args.get("depuis", "")
    answer = _stream_response(hub, look, row_id(secret), since, heartbeat)
    answer.headers["Access-Control-Allow-Origin"] = pages
    answer.headers["Access-Control-Allow-Credentials"] = "true"
    answer.headers["Vary"] = "Origin"
    return answer


def _stream_response(hub: Hub, look: Look, session: str, since: str, heartbeat: float) -> Response:
    if look() is None:
        return Response(status=204)  # the browser does not come back by itself
    try:
        seat = hub.register_open_page(session)
    except Full:
        return Response(status=503, headers={"Retry-After": "60"})
    answer = Response(
        stream_events(hub, seat, look, since, heartbeat),
        mimetype="text/event-stream",
        headers={"X-Accel-Buffering": "no"},  # a proxy in between passes it on at once
    )
    answer.call_on_close(lambda: hub.unregister_open_page(seat))
    return answer


def _make_audiences_reader(place: StreamSource, secret: str) -> Look:
    def read_audiences() -> tuple[str, ...] | None:
        with place.store.read() as read:
            return place.watched(read, secret, now()) if secret else None

    return read_audiences


def _origin_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _raise_open_file_limit() -> None:
    """Let this process hold as many connections as the system allows it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
