"""« Notre adresse »: where a household lives, from a day on, said once for the town."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.labels.record import ELSEWHERE
from services.portal_gateway.pages import parsing
from services.portal_gateway.pages.bills.views.quotient import household_names, own_households
from services.portal_gateway.session import current_user, saved_forms
from services.portal_gateway.session.recent_password import asked_again
from shared.contracts.dossier import dossier
from shared.contracts.errors import BadRequest, NoAnswer, NotFound, Outdated, Unavailable
from shared.dates.clock import today
from shared.register import Commune
from shared.runtime.ids import new_id
from shared.text import folded
from shared.web.base.app import shell_here
from shared.web.forms.forms import Form, flat_errors
from shared.web.forms.parsing import read_day

blueprint = Blueprint("address", __name__)


@blueprint.get("/adresse")
@current_user.signed_in
def choose_household() -> ResponseReturnValue:
    """Lead to the only household's address, or let one of several be chosen."""
    own = own_households()
    if len(own) == 1:
        return redirect(url_for("address.show", household_id=own[0]))
    answers = current_user.ask_all(
        *((dossier.my_household, dossier.MyHouseholdRequest(household_id)) for household_id in own)
    )
    return render_template("portal/addresses.html", names=household_names(own, answers))


@blueprint.get("/adresse/<household_id>")
@asked_again
def show(household_id: str) -> ResponseReturnValue:
    """Show the address and the form that changes it from a day on."""
    household = _require_household(household_id)
    kept = saved_forms.kept()
    if kept is not None:
        return _page(
            household_id,
            Form(_form_values(kept)),
            *_version_and_key(kept),
            household=household,
            restored=True,
        )
    return _page(
        household_id,
        Form(_present_values(household)),
        household.version,
        new_id(),
        household=household,
    )


@blueprint.post("/adresse/<household_id>")
@asked_again
def move(household_id: str) -> ResponseReturnValue:
    """Say the move once; every reason not to comes back with the form as it was typed."""
    if household_id not in own_households():
        raise NotFound
    sent = current_user.submitted()
    version, form_key = _version_and_key(sent)
    form = Form(_form_values(sent))
    form.errors = _mistakes(form)
    if form.errors:
        return _page(household_id, form, version, form_key), 422
    address = _address_of_form(form)
    try:
        current_user.ask(
            dossier.move_household,
            dossier.MoveHouseholdRequest(household_id, version, **address),
            request_id=parsing.request_id(form_key, household_id, version, *address.values()),
        )
    except (NoAnswer, Unavailable):
        return _page(household_id, form, version, form_key, unsaved=True), 503
    except Outdated:
        return _conflict(household_id, form, version, form_key)
    except BadRequest as refusal:
        return _refused_page(household_id, form, version, form_key, refusal)
    return _confirm_saved(household_id)


def _conflict(household_id: str, form: Form, version: int, form_key: str) -> ResponseReturnValue:
    """Show both versions; saving now replaces the stored one, knowingly."""
    try:
        household = _require_household(household_id)
    except (NoAnswer, Unavailable):
        return _page(household_id, form, version, form_key, unsaved=True), 503
    if _address_of_form(form) in household.addresses:
        return _confirm_saved(household_id)
    page = _page(
        household_id,
        form,
        household.version,
        new_id(),
        household=household,
        written=_address_of_form(form),
        conflict=True,
    )
    return page, 409


def _refused_page(
    household_id: str, form: Form, version: int, form_key: str, refusal: BadRequest
) -> ResponseReturnValue:
    form.errors = flat_errors(refusal.detail.get("errors", {}))
    if not form.errors:
        raise refusal
    return _page(household_id, form, version, form_key), 422


def _confirm_saved(household_id: str) -> ResponseReturnValue:
    saved_forms.drop()
    flash("moved", "address")
    return redirect(url_for("address.show", household_id=household_id), 303)


def _require_household(household_id: str) -> dossier.MyHouseholdAnswer:
    if household_id not in own_households():
        raise NotFound
    return current_user.ask(dossier.my_household, dossier.MyHouseholdRequest(household_id))


def _version_and_key(sent: dict[str, list[str]]) -> tuple[int, str]:
    """Return what the form carries unseen: the version it was made from, and its own name."""
    version, form_key = ((sent.get(name) or [""])[0] for name in ("version", "act"))
    if not version.isdecimal() or len(version) > 9 or not parsing.is_id(form_key):
        abort(400)
    return int(version), form_key


def _form_values(sent: dict[str, list[str]]) -> dict[str, str]:
    names = ("street", "postcode", "insee", "commune", "valid_from")
    return {name: (sent.get(name) or [""])[0].strip() for name in names}


def _present_values(household: dossier.MyHouseholdAnswer) -> dict[str, str]:
    """Return the present address, for a form in which most stays as it is."""
    fresh = {"valid_from": today().isoformat()}
    if not household.addresses:
        return {"street": "", "postcode": "", "insee": "", "commune": "", **fresh}
    last = household.addresses[0]
    is_listed = last["insee"] in {commune.insee for commune in communes()}
    return {
        "street": last["street"],
        "postcode": last["postcode"],
        "insee": last["insee"] if is_listed else ELSEWHERE,
        "commune": "" if is_listed else last["commune"],
        **fresh,
    }


def _address_of_form(form: Form) -> dossier.Address:
    """Return what the form says, in the contract's words."""
    valid_from = read_day(form.value("valid_from"))
    assert valid_from is not None  # _mistakes saw to it
    listed = {commune.insee: commune.name for commune in communes()}
    insee = form.value("insee")
    return {
        "street": form.value("street"),
        "postcode": form.value("postcode"),
        "insee": insee if insee in listed else "",
        "commune": listed.get(insee) or form.value("commune"),
        "valid_from": valid_from,
    }


def _mistakes(form: Form) -> dict[str, str]:
    errors = {}
    if not form.value("street"):
        errors["street"] = _("Écrivez le numéro et la rue.")
    if not form.value("postcode"):
        errors["postcode"] = _("Écrivez le code postal.")
    listed = {commune.insee for commune in communes()}
    if form.value("insee") not in {*listed, ELSEWHERE}:
        errors["insee"] = _("Choisissez la commune.")
    elif form.value("insee") == ELSEWHERE and not form.value("commune"):
        errors["commune"] = _("Écrivez le nom de la commune.")
    if read_day(form.value("valid_from")) is None:
        errors["valid_from"] = _("Écrivez un jour, par exemple 6/12/2026.")
    return errors


def communes() -> list[Commune]:
    """Return the communes of the town file, each once, by name."""
    rows = {commune.insee: commune for commune in shell_here().register.now.communes}
    return sorted(rows.values(), key=lambda commune: folded(commune.name))


def _page(household_id: str, form: Form, version: int, form_key: str, **more: object) -> str:
    form.labels = {
        "street": _("Numéro et rue"),
        "postcode": _("Code postal"),
        "insee": _("Commune"),
        "commune": _("Nom de la commune"),
        "valid_from": _("À partir du"),
    }
    return render_template(
        "portal/address.html",
        household_id=household_id,
        form=form,
        version=version,
        form_key=form_key,
        communes=communes(),
        elsewhere=ELSEWHERE,
        **more,
    )
