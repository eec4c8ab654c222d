"""Aide, and the page behind one's own name."""

from flask import Blueprint, render_template

from services.portal_gateway.overview.queries.family import own_matters
from services.portal_gateway.session import current_user, sessions

blueprint = Blueprint("help", __name__)


@blueprint.get("/aide")
def show() -> str:
    """Answer frequent questions of families; open to all."""
    return render_template("portal/help.html")


@blueprint.get("/compte")
@current_user.signed_in
def show_own_account() -> str:
    """Show who is signed in, since when, and how to leave."""
    session = current_user.current_session()
    assert session is not None  # signed_in saw to it
    return render_template(
        "portal/account.html",
        opened_at=session.opened_at,
        ends_at=session.ends_at,
        idle_minutes=int(sessions.IDLE.total_seconds() // 60),
        own=own_matters(),
    )
