"""« Créer le dossier de mon enfant »: begun without an account, and taken up again."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _

from services.portal_gateway import person
from services.portal_gateway.draft import words
from services.portal_gateway.draft.bearer import Bearer, bearer, let_go, remember, require_bearer
from shared.contracts import drafts
from shared.contracts.errors import BadRequest, NoAnswer, NotFound, Unavailable
from shared.contracts.message import ContractBroken
from shared.web import limits
from shared.web.forms import Form, sentences
from shared.web.languages import FRENCH

blueprint = Blueprint("begin", __name__)


@blueprint.get("/demande")
def show() -> Any:
    """Say what it is about, and ask how somebody wants to be reached."""
    return _page(Form({"way": drafts.EMAIL}))


@blueprint.post("/demande")
@limits.beginning
def begin() -> Any:
    """Begin a draft; the page that follows is the same whoever is known."""
    form = Form({name: request.form.get(name, "").strip() for name in ("way", "email", "phone")})
    way = form.value("way")
    if way not in drafts.WAYS:
        form.errors = {"way": _("Choisissez une des réponses proposées.")}
        return _page(form), 422
    try:
        opened = person.bus().ask(drafts.open_draft, way=way, contact=form.value(way)[:254])
    except (NoAnswer, Unavailable):
        return _page(form, silent=True), 503
    except drafts.TooManyDrafts:
        return _page(form, many=True), 429
    except BadRequest as refusal:
        form.errors = {way: sentences(refusal.detail["errors"]).get("contact", "")}
        form.spoken = FRENCH
        return _page(form), 422
    remember(Bearer(opened.reference, opened.key))
    return redirect(url_for("begin.reference"), 303)


@blueprint.get("/demande/reference")
def reference() -> Any:
    """Show reference and key, to note or to print: with them one comes back from anywhere."""
    held = require_bearer()
    draft = held.ask(drafts.read_draft)
    return render_template("portal/draft/reference.html", held=held, draft=draft)


@blueprint.get("/demande/reprendre")
def ask() -> str:
    """Ask for reference and key."""
    return _ask(Form({"reference": request.args.get("reference", "")[:20]}))


@blueprint.post("/demande/reprendre")
@limits.by_reference
def take_up() -> Any:
    """Go on with a draft; a wrong reference and a wrong key read alike."""
    form = Form({name: request.form.get(name, "").strip() for name in ("reference", "key")})
    return _taken_up(form)


@blueprint.get("/demande/reprendre/<reference>/<key>")
@limits.entering
def follow(reference: str, key: str) -> Any:
    """Go on with the draft that a letter links to."""
    return _taken_up(Form({"reference": reference, "key": key}))


@blueprint.post("/demande/quitter")
def leave() -> Any:
    """Let go of the draft on this device."""
    let_go()
    return redirect(url_for("sign_in.show"), 303)


def _taken_up(form: Form) -> Any:
    held = Bearer(form.value("reference")[:20], form.value("key")[:40])
    try:
        held.ask(drafts.read_draft)
    except (NoAnswer, Unavailable):
        return _ask(form, silent=True), 503
    except (NotFound, BadRequest, ContractBroken):
        form.errors = {
            "reference": _("Cette référence et cette clé ne vont pas ensemble. Vérifiez les deux.")
        }
        return _ask(form), 422
    remember(held)
    return redirect(url_for("draft.show"), 303)


def _page(form: Form, **more: Any) -> str:
    form.labels = words.field_labels(form.errors)
    return render_template(
        "portal/draft/begin.html", form=form, words=words, going_on=bearer() is not None, **more
    )


def _ask(form: Form, silent: bool = False) -> str:
    form.labels = words.field_labels(("reference", "key"))
    return render_template("portal/draft/take_up.html", form=form, silent=silent)
