"""« Nous quittons la ville »: one act for all children and services, taken back until the day."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.bills import labels as bill_labels
from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.pages.page_parts import households, parsing
from services.portal_gateway.pages.page_parts.households import own_households
from services.portal_gateway.session import current_user, saved_forms
from services.portal_gateway.session.queries.children import Child
from services.portal_gateway.session.recent_proof import require_recent_proof
from shared.contracts.dossier.families import departures
from shared.contracts.errors import BadRequest, NoAnswer, NotFound, Unavailable
from shared.contracts.values import OfHousehold
from shared.dates.clock import today
from shared.runtime.ids import new_id
from shared.web.addresses import fields as addresses
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

blueprint = Blueprint("departure", __name__)


@dataclass(frozen=True)
class Home:
    """The children of a household: who can leave, who has another home too, who leaves when."""

    leaving: list[Child]
    staying: list[Child]
    last_days: dict[str, date]

    @property
    def announced(self) -> list[Child]:
        return [child for child in self.leaving if child.id in self.last_days]

    @property
    def last_day(self) -> date | None:
        """Return the first last day that was said: one for all, but where two parents differ."""
        return min(self.last_days.values(), default=None)

    @property
    def names_by_last_day(self) -> list[tuple[date, list[str]]]:
        """Return who leaves after which day, the first day first."""
        names: dict[date, list[str]] = {}
        for child in sorted(self.announced, key=lambda child: self.last_days[child.id]):
            names.setdefault(self.last_days[child.id], []).append(child.first_name)
        return list(names.items())


@blueprint.get("/depart")
@current_user.signed_in
def choose_household() -> ResponseReturnValue:
    """Lead to the only household's page, or let one of several be chosen."""
    return households.choose_household("departure.show", _("Nous quittons la ville"))


@blueprint.get("/depart/<household_id>")
@require_recent_proof
def show(household_id: str) -> ResponseReturnValue:
    """Show what was said, or the form with what ends and what stays."""
    home = _fetch_home(household_id)
    kept = saved_forms.saved_form_of_page()
    if kept is not None:
        return _page(household_id, home, _form_of(kept), restored=True)
    chosen = home.announced or home.leaving
    day = home.last_day.isoformat() if home.last_day else ""
    form = Form({"children": [child.id for child in chosen], "last_day": day})
    return _page(household_id, home, form)


@blueprint.post("/depart/<household_id>")
@require_recent_proof
def announce(household_id: str) -> ResponseReturnValue:
    """Announce the departure once; every reason not to comes back with the form as it was typed."""
    _require_own(household_id)
    form_key, form = parsing.form_key(), _form_of(current_user.sent_form_fields())
    try:
        home = _fetch_home(household_id)
        _check_form(form, home)
        if form.errors:
            return _page(household_id, home, form, form_key), 422
        _send_departure(household_id, form, home, form_key)
    except (NoAnswer, Unavailable):
        unknown = Home(current_overview().family.wards, [], {})
        return _page(household_id, unknown, form, form_key, unsaved=True), 503
    except BadRequest:
        form.errors["last_day"] = _("Choisissez un jour entre aujourd’hui et dans un an.")
        return _page(household_id, home, form, form_key), 422
    saved_forms.drop_saved_form()
    flash("announced", "departure")
    return redirect(url_for("departure.show", household_id=household_id), 303)


@blueprint.post("/depart/<household_id>/annuler")
@require_recent_proof
def withdraw(household_id: str) -> ResponseReturnValue:
    """Take the departure back: the family stays, and its days are booked again."""
    _require_own(household_id)
    request_id = parsing.request_id(parsing.form_key(), household_id, "withdrawn")
    try:
        current_user.ask(
            departures.withdraw_departure,
            OfHousehold(household_id),
            request_id=request_id,
        )
    except NotFound:
        flash("over", "departure")
    except (NoAnswer, Unavailable):
        flash("unavailable", "departure")
    else:
        flash("withdrawn", "departure")
    return redirect(url_for("departure.show", household_id=household_id), 303)


def _require_own(household_id: str) -> None:
    if household_id not in own_households():
        raise NotFound


def _fetch_home(household_id: str) -> Home:
    """Ask the dossier for the children of one of the guardian's own households."""
    _require_own(household_id)
    asked = OfHousehold(household_id)
    rows = {
        row["child_id"]: row for row in current_user.ask(departures.departure_of, asked).children
    }
    known = [child for child in current_overview().family.wards if child.id in rows]
    return Home(
        leaving=[child for child in known if not rows[child.id]["stays"]],
        staying=[child for child in known if rows[child.id]["stays"]],
        last_days={child_id: day for child_id, row in rows.items() if (day := row["leaves_after"])},
    )


def _send_departure(household_id: str, form: Form, home: Home, form_key: str) -> None:
    last_day, address = read_day(form.value("last_day")), None
    assert last_day is not None  # _check_form saw to it
    if _has_address(form):
        address = departures.NewAddress(**addresses.read_address(form))
    children = [child.id for child in home.leaving if form.chosen("children", child.id)]
    content = (household_id, last_day, *children, *(address or {}).values())
    current_user.ask(
        departures.announce_departure,
        departures.AnnounceDepartureRequest(
            household_id=household_id, children=children, last_day=last_day, address=address
        ),
        request_id=parsing.request_id(form_key, *content),
    )


def _check_form(form: Form, home: Home) -> None:
    if not any(form.chosen("children", child.id) for child in home.leaving):
        form.errors["children"] = _("Choisissez au moins un enfant.")
    last_day = read_day(form.value("last_day"))
    if last_day is None:
        form.errors["last_day"] = _("Écrivez un jour, par exemple 6/12/2026.")
    elif not today() <= last_day <= today() + departures.FARTHEST:
        form.errors["last_day"] = _("Choisissez un jour entre aujourd’hui et dans un an.")
    if _has_address(form):
        addresses.check_address(form)


def _has_address(form: Form) -> bool:
    return any(form.value(name) for name in addresses.FIELDS)


def _form_of(sent: dict[str, list[str]]) -> Form:
    single = (*addresses.FIELDS, "last_day")
    values = {name: (sent.get(name) or [""])[0].strip() for name in single}
    return Form({**values, "children": sent.get("children", [])})


def _page(household_id: str, home: Home, form: Form, form_key: str = "", **more: object) -> str:
    labels = {name: str(label) for name, label in addresses.LABELS.items()}
    form.labels = {**labels, "children": _("Qui part ?"), "last_day": _("Dernier jour")}
    return render_template(
        "portal/departure.html",
        household_id=household_id,
        home=home,
        ending=_places_by_child(home),
        form=form,
        form_key=form_key or new_id(),
        offered=[(child.id, child.first_name) for child in home.leaving],
        advances=current_overview().accounts.of_household(household_id).credits_by_provider,
        euros=bill_labels.euros,
        **more,
    )


def _places_by_child(home: Home) -> dict[str, list[str]]:
    """Return by first name the activities at which the children of this home have a place."""
    found: dict[str, list[str]] = {}
    for child in home.leaving:
        labels = {p.activity for p in current_overview().places if p.child_id in child.ids}
        if labels:
            found[child.first_name] = sorted(labels)
    return found
