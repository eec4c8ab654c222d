"""« Être prévenu par e-mail » : categories that a guardian wants, and one click that ends some."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from services.portal_gateway.notices.commands.preferences import (
    end_category,
    keep_wanted_categories,
)
from services.portal_gateway.notices.queries.preferences import wanted_categories
from services.portal_gateway.notices.rules.notice_emails import (
    BILLS,
    CATEGORIES,
    ENROLMENT,
    MESSAGES,
    WEEK,
    Signer,
)
from services.portal_gateway.session import current_user
from services.portal_gateway.store import store
from shared.dates.clock import now
from shared.settings import LINKS_FOR, FormerKey

blueprint = Blueprint("mailing", __name__)

LABELS = {
    MESSAGES: (_l("Messages"), _l("un service vous a écrit")),
    BILLS: (_l("Factures"), _l("une facture, un avoir, un rappel, un paiement")),
    ENROLMENT: (_l("Inscriptions"), _l("une place, une réponse à une demande")),
    WEEK: (_l("Semaine"), _l("une fermeture, une sortie, une annulation")),
}


@blueprint.get("/compte/courriels")
@current_user.signed_in
def show() -> str:
    """Show the categories with what is wanted of each."""
    with store.read() as read:
        chosen = wanted_categories(read, current_user.subject_of_user())
    return render_template("portal/mailing.html", wanted=chosen, labels=LABELS)


@blueprint.post("/compte/courriels")
@current_user.signed_in
def save() -> ResponseReturnValue:
    """Store which categories are wanted."""
    chosen = set(request.form.getlist("category"))
    if not chosen <= set(CATEGORIES):
        abort(400)
    with store.write() as write:
        keep_wanted_categories(write, current_user.subject_of_user(), chosen)
    flash("", "mailing_saved")
    return redirect(url_for("mailing.show"), 303)


@blueprint.get("/courriels/arret/<token>")
def show_end_form(token: str) -> str:
    """Ask before ending a category: mail programs open addresses by themselves."""
    category = _read_token(token)[1]
    return render_template("portal/mailing_stop.html", label=LABELS[category][0], done=False)


@blueprint.post("/courriels/arret/<token>")
def end(token: str) -> str:
    """End a category, signed in or not: the signature is who asks (RFC 8058)."""
    subject, category = _read_token(token)
    with store.write() as write:
        end_category(write, subject, category)
    return render_template("portal/mailing_stop.html", label=LABELS[category][0], done=True)


def link_signer() -> Signer:
    """Return who signs and reads the tokens of letters."""
    former: list[FormerKey] = current_app.extensions["preau_former_secrets"]
    read = [key.key for key in former if now() - key.until < LINKS_FOR]
    return Signer(str(current_app.secret_key), read)


def _read_token(token: str) -> tuple[str, str]:
    signed = link_signer().read_signature(token)
    if signed is None:
        abort(404)
    return signed
