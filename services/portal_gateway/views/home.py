"""The first page: what is to do, and the children; never health data."""

from datetime import datetime

from flask import Blueprint, render_template

from services.portal_gateway import person, texts
from services.portal_gateway.family import family_from
from shared.clock import PARIS, now
from shared.contracts import dossier

blueprint = Blueprint("home", __name__)

EVENING = 18


@blueprint.get("/")
@person.signed_in
def show() -> str:
    """Show what is to do first; where the dossier is silent, what it last said."""
    (children,) = person.ask_all((dossier.my_children, {}))
    family = family_from(children)
    return render_template(
        "portal/home.html", family=family, evening=is_evening(now()), slugs=texts.SLUG_OF
    )


def is_evening(moment: datetime) -> bool:
    """Say « bonsoir » from six in the evening, and until four in the morning."""
    return not 4 <= moment.astimezone(PARIS).hour < EVENING
