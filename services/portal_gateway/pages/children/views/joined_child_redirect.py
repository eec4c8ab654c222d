"""Leads an address with the id of a joined file to the child's own page: bookmarks go on."""

from flask import Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue

from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.session import current_user
from shared.contracts.errors import NotFound


def install_hooks(app: Flask) -> None:
    """Run this before every page of the portal that names a child."""
    app.before_request(_redirect_to_joined_child)


def _redirect_to_joined_child() -> ResponseReturnValue | None:
    args = request.view_args or {}
    if request.method != "GET" or "child_id" not in args or current_user.current_session() is None:
        return None
    try:
        child = current_overview().family.child(str(args["child_id"]))
    except NotFound:
        return None
    if child.id == args["child_id"]:
        return None
    return redirect(url_for(str(request.endpoint), **{**args, "child_id": child.id}))
