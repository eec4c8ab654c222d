"""
Flashed messages that stay on a page which renews itself.

A person's request takes the messages out of the cookie; the page keeps them, signed, and its script
sends them along with each refresh, so that they are rendered again. A refresh takes none out: what
another request left for the person stays there.
"""

from collections.abc import Sequence
from typing import Any

import flask
from flask import Flask, current_app, g, request
from flask.json.tag import TaggedJSONSerializer
from itsdangerous import BadData, URLSafeSerializer

from shared.web.base.automatic_requests import is_automatic
from shared.web.language.translated_labels import Label

SHOWN = "X-Preau-Shown"
"""Header of a refresh: the messages that the page shows, as `shown_messages` signed them."""

Messages = Sequence[tuple[str, Label]]
"""Category and message."""


def install(app: Flask) -> None:
    """Let templates of an application render the messages of a page each time it is renewed."""
    app.jinja_env.globals["get_flashed_messages"] = get_flashed_messages
    app.jinja_env.globals["shown_messages"] = signed_messages


def get_flashed_messages(
    with_categories: bool = False, category_filter: Sequence[str] = ()
) -> Sequence[Any]:
    """Return the messages of this page as Flask's function of that name does."""
    messages = [
        pair for pair in _messages_of_page() if not category_filter or pair[0] in category_filter
    ]
    return messages if with_categories else [message for _kind, message in messages]


def signed_messages() -> str:
    """Return the messages that this page has rendered, signed; "" where there are none."""
    messages = g.get("flashed_messages")
    return _message_serializer().dumps(list(messages)) if messages else ""


def _messages_of_page() -> Messages:
    if "flashed_messages" not in g:
        g.flashed_messages = (
            _messages_sent_along()
            if is_automatic()
            else flask.get_flashed_messages(with_categories=True)
        )
    messages: Messages = g.flashed_messages
    return messages


def _messages_sent_along() -> Messages:
    try:
        return [
            (kind, message)
            for kind, message in _message_serializer().loads(request.headers.get(SHOWN, ""))
        ]
    except BadData:
        return []


def _message_serializer() -> URLSafeSerializer:
    return URLSafeSerializer(
        current_app.secret_key or "", salt="shown messages", serializer=TaggedJSONSerializer()
    )
