"""« Notre adresse »: where a household lives, from a day on, said once for the town."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.pages.page_parts import households, parsing
from services.portal_gateway.pages.page_parts.households import own_households
from services.portal_gateway.session import current_user, saved_forms
from services.portal_gateway.session.recent_proof import require_recent_proof
from shared.contracts.dossier import guardians
from shared.contracts.errors import BadRequest, NoAnswer, NotFound, Outdated, Unavailable
from shared.contracts.values import OfHousehold
from shared.dates.clock import today
from shared.runtime.ids import new_id
from shared.web.addresses import fields as addresses
from shared.web.forms.form_data import Form, flat_errors
from shared.web.forms.parsing import read_day

blueprint = Blueprint("address", __name__)


@blueprint.get("/adresse")
@current_user.signed_in
def choose_household() -> ResponseReturnValue:
    """Lead to the only household's address, or let one of several be chosen."""
    return households.choose_household("address.show", _("Notre adresse"))


@blueprint.get("/adresse/<household_id>")
@require_recent_proof
def show(household_id: str) -> ResponseReturnValue:
    """Show the address and the form that changes it from a day on."""
    household = _require_household(household_id)
    kept = saved_forms.saved_form_of_page()
    if kept is not None:
        return _page(
            household_id,
            Form(_form_values(kept)),
            *_version_and_form_key(kept),
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
@require_recent_proof
def move(household_id: str) -> ResponseReturnValue:
    """Say the move once; every reason not to comes back with the form as it was typed."""
    if household_id not in own_households():
        raise NotFound
    sent = current_user.sent_form_fields()
    version, form_key = _version_and_form_key(sent)
    form = Form(_form_values(sent))
    _check_address_form(form)
    if form.errors:
        return _page(household_id, form, version, form_key), 422
    address = _address_of_form(form)
    try:
        current_user.ask(
            guardians.move_household,
            guardians.MoveHouseholdRequest(household_id, version, **address),
            request_id=parsing.request_id(form_key, household_id, version, *address.values()),
        )
    except (NoAnswer, Unavailable):
        return _page(household_id, form, version, form_key, unsaved=True), 503
    except Outdated:
        return _conflict_page(household_id, form, version, form_key)
    except BadRequest as refusal:
        return _refused_page(household_id, form, version, form_key, refusal)
    return _confirm_saved(household_id)


def _conflict_page(
    household_id: str, form: Form, version: int, form_key: str
) -> ResponseReturnValue:
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
    saved_forms.drop_saved_form()
    flash("moved", "address")
    return redirect(url_for("address.show", household_id=household_id), 303)


def _require_household(household_id: str) -> guardians.MyHouseholdAnswer:
    if household_id not in own_households():
        raise NotFound
    return current_user.ask(guardians.my_household, OfHousehold(household_id))


def _version_and_form_key(sent: dict[str, list[str]]) -> tuple[int, str]:
    """Return what the form carries unseen: the version it was made from, and its own name."""
    version, form_key = ((sent.get(name) or [""])[0] for name in ("version", "act"))
    if not version.isdecimal() or len(version) > 9 or not parsing.is_id(form_key):
        abort(400)
    return int(version), form_key


def _form_values(sent: dict[str, list[str]]) -> dict[str, str]:
    names = (*addresses.FIELDS, "valid_from")
    return {name: (sent.get(name) or [""])[0].strip() for name in names}


def _present_values(household: guardians.MyHouseholdAnswer) -> dict[str, str]:
    """Return the present address, for a form in which most stays as it is."""
    nowhere: addresses.WrittenAddress = {"street": "", "postcode": "", "insee": "", "commune": ""}
    last: addresses.WrittenAddress = household.addresses[0] if household.addresses else nowhere
    return {**addresses.field_values(last), "valid_from": today().isoformat()}


def _address_of_form(form: Form) -> guardians.Address:
    """Return what the form says, in the contract's words."""
    valid_from = read_day(form.value("valid_from"))
    assert valid_from is not None  # _check saw to it
    return {**addresses.read_address(form), "valid_from": valid_from}


def _check_address_form(form: Form) -> None:
    addresses.check_address(form)
    if read_day(form.value("valid_from")) is None:
        form.errors["valid_from"] = _("Écrivez un jour, par exemple 6/12/2026.")


def _page(household_id: str, form: Form, version: int, form_key: str, **more: object) -> str:
    labels = {name: str(label) for name, label in addresses.LABELS.items()}
    form.labels = {**labels, "valid_from": _("À partir du")}
    return render_template(
        "portal/address.html",
        household_id=household_id,
        form=form,
        version=version,
        form_key=form_key,
        today=today(),
        **more,
    )
