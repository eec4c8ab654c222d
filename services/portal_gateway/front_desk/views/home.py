"""The home of the front desk: what an agent's roles open."""

from typing import Any

from flask import Blueprint, redirect, render_template, url_for

from shared.web.desk import agent

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@agent.signed_in
def show() -> Any:
    """Show what there is to do; who only administers goes to the rights."""
    here = agent.here()
    if here.sight.acts:
        return render_template("front_desk/home.html")
    if here.sight.administers:
        return redirect(url_for("agents.show"))
    return render_template("desk/no_right.html", known=here.known)
